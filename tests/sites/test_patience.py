"""Clients that never finish a request's head don't hold their connections."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from isotopes.sites import patience

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"


async def read_and_answer(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    start = {"type": "http.response.start", "status": 204, "headers": []}
    await send(start)
    await send({"type": "http.response.body", "body": b""})


async def say(*pieces: bytes) -> bytes:
    """What the service says until it closes the connection; half a second lies between pieces."""
    config = uvicorn.Config(read_and_answer, lifespan="off", timeout_keep_alive=1)
    config.load()
    loop, state = asyncio.get_running_loop(), ServerState()
    server = await loop.create_server(
        lambda: patience.LimitedPatience(config, state, {}, loop), "127.0.0.1", 0
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.5)
        said = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        return said


@pytest.mark.parametrize(
    ("pieces", "answers"),
    [
        ((), 0),
        ((b"POST / HT",), 0),
        ((HEAD[:20], HEAD[20:30]), 0),
        ((HEAD, b"ok"), 1),
        ((HEAD + b"ok" + HEAD[:20],), 1),
    ],
)
def test_a_slow_head_ends_the_connection_and_a_slow_body_does_not(
    pieces: tuple[bytes, ...], answers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SECONDS", 0.3)
    # In a thread of its own: the browser of other tests keeps an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        said = thread.submit(lambda: asyncio.run(say(*pieces))).result()
    assert said.count(b"204 No Content") == answers
