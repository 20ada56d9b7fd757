"""What can go wrong between a service and its client, each as a change to one reply."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType


@dataclass(frozen=True)
class Reply:
    """What the server is about to send.

    Attributes:
        sent: how many bytes of the body go out before the connection closes; None for all of it,
            with the connection kept open. Content-Length always gives the whole body's length.
        silent: close the connection without an answer.
        delay: seconds to wait first.
    """

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: int | None = None
    silent: bool = False
    delay: float = 0.0


Fault = Callable[[Reply], Reply]


def throttle(retry_after: str | None = None) -> Fault:
    """429 Too Many Requests, with a Retry-After header or without."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return lambda reply: replace(reply, status=429, headers=headers, body=b'{"error": "slow down"}')


def server_error(status: int = 503, retry_after: str | None = None) -> Fault:
    """A 5xx, with a Retry-After header or without."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return lambda reply: replace(reply, status=status, headers=headers, body=b"something broke")


def refuse(status: int, body: bytes = b'{"error": "no"}') -> Fault:
    """A 4xx that asking again won't change."""
    return lambda reply: replace(reply, status=status, body=body)


def stall(seconds: float) -> Fault:
    """The right answer, but late."""
    return lambda reply: replace(reply, delay=seconds)


def hang_up() -> Fault:
    """The connection closes without an answer."""
    return lambda reply: replace(reply, silent=True)


def send_half() -> Fault:
    """The connection closes in the middle of the answer."""
    return lambda reply: replace(reply, sent=len(reply.body) // 2)


def truncate_json() -> Fault:
    """A whole HTTP answer whose JSON ends too early."""
    return lambda reply: replace(reply, body=reply.body[: len(reply.body) // 2])


def reorder(place: str) -> Fault:
    """The answers to a batch, which lie at `place`, in another order than they were asked.

    An answer without that place, to one picture, stays as it is.
    """

    def change(reply: Reply) -> Reply:
        answer = json.loads(reply.body)
        if place not in answer:
            return reply
        answer[place].reverse()
        return replace(reply, body=json.dumps(answer).encode())

    return change


def wrong_schema() -> Fault:
    """JSON, but of something else."""
    return lambda reply: replace(reply, body=b'{"result": {"status": "done", "items": []}}')


# By the names that people type, each with its usual settings.
FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "throttle": throttle(),
        "throttle-retry-after": throttle("1"),
        "server-error": server_error(),
        "quota": refuse(403, b'{"error": "quota exhausted"}'),
        "stall": stall(60.0),
        "hang-up": hang_up(),
        "half": send_half(),
        "truncated-json": truncate_json(),
        "wrong-schema": wrong_schema(),
        "reordered": reorder("results"),
    }
)
