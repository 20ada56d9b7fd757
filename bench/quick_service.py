"""A service that costs next to nothing, so that its client is what is measured.

`python -m bench.quick_service SECONDS` answers every POST after so many seconds with the same
scores, in the form that `isotopes fake http` has, and prints where it listens. The fake itself
takes a thread and a millisecond for each request: fifty at once would measure the fake.
"""

from __future__ import annotations

import asyncio
import json
import selectors
import sys

SCORES = [{"label": label, "score": (place + 1) / 55} for place, label in enumerate("abcdefghij")]
BODY = json.dumps({"result": SCORES, "version": "1"}).encode()
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
REPLY = HEAD.format(len(BODY)).encode() + BODY


class Connection(asyncio.Protocol):
    """One client's connection, kept open."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if blank and len(body) >= length:  # clients wait for an answer before they ask again
            self._received = b""
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, REPLY)


async def serve(delay: float) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(delay), "127.0.0.1", 0
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    await server.serve_forever()


def precise_loop() -> asyncio.AbstractEventLoop:
    """One whose pauses end in time: epoll would round each up to a whole millisecond."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=precise_loop) as runner:
        runner.run(serve(float(sys.argv[1])))
