"""`isotopes fake SERVICE --model M.onnx`: a service to try a check on, served from this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isotopes.cli.terminal import show, tell_text
from isotopes.errors import IsotopesError
from isotopes.testing.faults import FAULTS

if TYPE_CHECKING:
    from isotopes.testing.faults import Fault
    from isotopes.testing.server import HttpFake


def fake(
    service: Annotated[str, typer.Argument(help="a kind that `isotopes targets` has a fake of")],
    model: Annotated[
        str | None,
        typer.Option(
            help="what answers: MODEL.onnx or module:function, for generators too;"
            " face search needs none"
        ),
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
    faults = _turns(fault or [], every)
    again = None if successor is None else (successor, change_after)
    server, how_to_ask = _server(service, model, again, _How(faults, delay, port))
    with server, suppress(KeyboardInterrupt):
        show(server.url)
        tell_text(how_to_ask(server.url))
        threading.Event().wait()


@dataclass(frozen=True)
class _How:
    faults: Iterator[Fault | None]
    delay: float
    port: int

    @property
    def keywords(self) -> dict[str, Any]:
        return {"faults": self.faults, "delay": self.delay, "port": self.port}


def _server(
    service: str, model: str | None, successor: tuple[str, int] | None, how: _How
) -> tuple[HttpFake, Callable[[str], str]]:
    """The service, and what tells how to ask it at an address."""
    from isotopes.faces.embedding import shared_embedder
    from isotopes.targets import open_target
    from isotopes.targets.generators import open_generator
    from isotopes.testing import FakeServer
    from isotopes.testing.face_server import FaceServer
    from isotopes.testing.generator_server import GeneratorServer
    from isotopes.testing.registry import (
        face_formats,
        get_face_format,
        get_picture_format,
        get_wire_format,
        picture_formats,
    )

    if service in face_formats():
        if model is not None or successor is not None:
            raise IsotopesError(
                f"{service} serves the face embedding of this machine, got --model or --successor"
            )
        face = get_face_format(service)
        return FaceServer(shared_embedder(), face, **how.keywords), face.how_to_ask
    if service in picture_formats():
        if successor is not None:
            raise IsotopesError(f"{service} serves one generator, got --successor too")
        if model is None:
            raise IsotopesError(
                f"{service} needs a generator to serve",
                hint="--model module:function, called as function(prompt, seed)",
            )
        made = get_picture_format(service)
        return GeneratorServer(open_generator(model), made, **how.keywords), made.how_to_ask
    wire = get_wire_format(service)
    if model is None:
        raise IsotopesError(f"{service} needs a model to serve", hint="--model MODEL.onnx")
    later: dict[str, Any] = {}
    if successor is not None:
        later = {"successor": open_target(successor[0]), "change_after": successor[1]}
    return FakeServer(open_target(model), wire, **how.keywords, **later), wire.how_to_ask


def _turns(names: Sequence[str], every: int) -> Iterator[Fault | None]:
    """One fault after another, each after `every` - 1 requests without one; for ever."""
    unknown = [name for name in names if name not in FAULTS]
    if unknown:
        raise IsotopesError(
            f"no fault is called {unknown[0]!r}", hint=f"choose from: {', '.join(FAULTS)}"
        )
    turns = [turn for name in names for turn in (*[None] * (every - 1), FAULTS[name])]
    return cycle(turns)
