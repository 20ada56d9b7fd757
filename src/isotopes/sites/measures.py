"""Metrics for Prometheus, and a JSON log line per request. Neither names a user or a key."""

from __future__ import annotations

import hashlib
import json
import sys
import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counters of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "isotopes_requests_total", "Requests by outcome", ["status"], registry=self.registry
        )
        self.seconds = Histogram(
            "isotopes_mark_seconds",
            "Time to mark a picture",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.bytes = Counter(
            "isotopes_upload_bytes_total", "Bytes of pictures taken in", registry=self.registry
        )
        self.waiting = Gauge(
            "isotopes_requests_in_progress", "Requests being worked on", registry=self.registry
        )

    def note(self, user: str, status: int, size: int, seconds: float, why: str) -> None:
        """Count a request to mark, and log it."""
        self.requests.labels(str(status)).inc()
        self.seconds.observe(seconds)
        self.bytes.inc(size)
        log("mark", user=short(user), status=status, bytes=size, seconds=round(seconds, 3), why=why)


def short(user: str) -> str:
    """A short hash of the user's name for the log, the same each time."""
    return hashlib.sha256(user.encode()).hexdigest()[:12]


def log(event: str, **values: object) -> None:
    """One line of JSON to stderr."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(json.dumps({"time": moment, "event": event, **values}), file=sys.stderr, flush=True)  # noqa: T201
