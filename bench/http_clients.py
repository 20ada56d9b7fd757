"""What does a request cost by libcurl and by urllib3? `python -m bench.http_clients [REQUESTS]`

Both carry the requests of the same target, as in a check (bench/targets.py): fifty at once at 50 ms
each, and one after another at 0 ms. Processor time is the client's own, so other work on the
machine changes it less than the time on the clock. The clients take turns; figures are medians.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import urllib3

from bench.record import record
from bench.targets import AT_ONCE, LATENCY, ask_as_in_a_check, service, some_pictures
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http import caller
from isotopes.targets.http.transport import LARGEST, ConnectionFailed, Connections, Response

TURNS = 5
Row = dict[str, object]


class Urllib3Connections:
    """What `Connections` does, by urllib3."""

    def __init__(
        self, url: str, method: str, headers: Mapping[str, str], timeout: float, most: int
    ) -> None:
        self._method, self._headers = method, headers
        self._path = urllib3.util.parse_url(url).request_uri
        self._pool = urllib3.PoolManager(
            maxsize=most, block=True, retries=False, timeout=timeout
        ).connection_from_url(url)

    def send(
        self, body: bytes, gate: Gate = OPEN, headers: Mapping[str, str] | None = None
    ) -> Response:
        gate.check()
        try:
            response = self._pool.urlopen(
                self._method,
                self._path,
                body=body,
                headers={**self._headers, **(headers or {})},
                redirect=False,
                preload_content=False,
            )
            received = response.read(LARGEST, decode_content=True)
            response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionFailed(str(error)) from None
        return Response(response.status, received)

    def close(self) -> None:
        self._pool.close()


CLIENTS = {"libcurl": Connections, "urllib3": Urllib3Connections}


def main() -> None:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    with tempfile.TemporaryDirectory() as name:
        rows = [
            *measure(Path(name), requests, AT_ONCE, LATENCY),
            *measure(Path(name), requests // 10, 1, 0.0),
        ]
    record("http_clients", rows, f"python -m bench.http_clients {requests}")


def measure(folder: Path, requests: int, at_once: int, latency: float) -> Iterator[Row]:
    pictures = some_pictures(requests, 32)
    processor: dict[str, list[float]] = {name: [] for name in CLIENTS}
    clock: dict[str, list[float]] = {name: [] for name in CLIENTS}
    for turn in range(1 + TURNS):
        for name in CLIENTS:
            with carried_by(name), service(folder, latency, at_once) as (_, target):
                start = time.perf_counter(), time.process_time()
                queries = ask_as_in_a_check(target, pictures)
                if turn:  # the first is not counted
                    clock[name].append((time.perf_counter() - start[0]) / queries)
                    processor[name].append((time.process_time() - start[1]) / queries)
    what = f"{requests:,} requests, {at_once} at once, {latency * 1000:g} ms each"
    for name in CLIENTS:
        yield {
            "measure": f"{what}: {name}",
            "n": TURNS,
            "processor_ms_per_request": round(1000 * float(np.median(processor[name])), 3),
            "requests_per_second": round(1 / float(np.median(clock[name])), 1),
            "time_over_libcurl": round(
                float(np.median(np.array(clock[name]) / np.array(clock["libcurl"]))), 3
            ),
        }


@contextmanager
def carried_by(name: str) -> Iterator[None]:
    """Targets that are opened inside the block use this client."""
    usual = caller.JsonCaller.connect
    caller.JsonCaller.connect = CLIENTS[name]
    try:
        yield
    finally:
        caller.JsonCaller.connect = usual


if __name__ == "__main__":
    main()
