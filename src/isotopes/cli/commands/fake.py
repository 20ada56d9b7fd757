"""`isotopes fake SERVICE --model M.onnx`: a service to try a check on, served from this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import cycle
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.terminal import show, tell_text
from isotopes.errors import IsotopesError
from isotopes.testing.faults import FAULTS

if TYPE_CHECKING:
    from isotopes.testing import FakeServer
    from isotopes.testing.face_server import FaceFormat, FaceServer
    from isotopes.testing.faults import Fault
    from isotopes.testing.wire import WireFormat


def fake(
    service: Annotated[str, typer.Argument(help="a kind that `isotopes targets` has a fake of")],
    model: Annotated[
        str | None,
        typer.Option(help="what answers: MODEL.onnx or module:function; face search needs none"),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any free one")] = 0,
    fault: Annotated[
        list[str] | None,
        typer.Option(help=f"what goes wrong, one after another: {', '.join(FAULTS)}"),
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="with --fault: at every Nth request")] = 5,
    delay: Annotated[float, typer.Option(min=0, help="seconds that each answer takes")] = 0,
    successor: Annotated[
        str | None, typer.Option(help="another model, which takes over as a new version")
    ] = None,
    change_after: Annotated[
        int, typer.Option(min=0, help="with --successor: after this many requests")
    ] = 100,
) -> None:
    """Serve a model in a service's own wire format, until you press Ctrl-C.

    It listens to this machine only. Its address goes to stdout, instructions go to stderr.
    """
    from isotopes.faces.embedding import shared_embedder
    from isotopes.targets import open_target
    from isotopes.testing import FakeServer
    from isotopes.testing.face_server import FaceServer
    from isotopes.testing.registry import face_formats, get_face_format, get_wire_format

    faults = _turns(fault or [], every)
    wire: WireFormat | FaceFormat
    server: FakeServer | FaceServer
    if service in face_formats():
        if model is not None or successor is not None:
            raise IsotopesError(
                f"{service} serves the face embedding of this machine, got --model or --successor"
            )
        wire = get_face_format(service)
        server = FaceServer(shared_embedder(), wire, faults, delay=delay, port=port)
    else:
        wire = get_wire_format(service)
        if model is None:
            raise IsotopesError(f"{service} needs a model to serve", hint="--model MODEL.onnx")
        server = FakeServer(
            open_target(model),
            wire,
            faults,
            delay=delay,
            successor=None if successor is None else open_target(successor),
            change_after=change_after,
            port=port,
        )
    with server, suppress(KeyboardInterrupt):
        show(server.url)
        tell_text(wire.how_to_ask(server.url))
        threading.Event().wait()


def _turns(names: Sequence[str], every: int) -> Iterator[Fault | None]:
    """One fault after another, each after `every` - 1 requests without one; for ever."""
    unknown = [name for name in names if name not in FAULTS]
    if unknown:
        raise IsotopesError(
            f"no fault is called {unknown[0]!r}", hint=f"choose from: {', '.join(FAULTS)}"
        )
    turns = [turn for name in names for turn in (*[None] * (every - 1), FAULTS[name])]
    return cycle(turns)
