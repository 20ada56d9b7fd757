"""Which services there is a fake for: those that classify, and those that search faces."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from isotopes.errors import TargetUnusable
from isotopes.testing.face_server import FaceFormat
from isotopes.testing.wire import WireFormat


@cache
def wire_formats() -> dict[str, type[WireFormat]]:
    """The wire formats in `testing/formats/` that have a name, by it."""
    package = importlib.import_module("isotopes.testing.formats")
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
    return {found.name: found for found in _subclasses(WireFormat) if "name" in vars(found)}  # type: ignore[type-abstract]


def get_wire_format(name: str) -> WireFormat:
    """The wire format called `name`, as the service speaks it where nothing is set.

    Raises:
        TargetUnusable: there is none.
    """
    known = wire_formats()
    if name not in known:
        raise TargetUnusable(
            f"there is no fake of {name!r}", hint=f"choose one of: {', '.join(sorted(known))}"
        )
    return known[name]()


@cache
def face_formats() -> dict[str, type[FaceFormat]]:
    """The wire formats in `testing/face_formats/`, by name."""
    package = importlib.import_module("isotopes.testing.face_formats")
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
    return {found.name: found for found in FaceFormat.__subclasses__()}


def get_face_format(name: str) -> FaceFormat:
    """The wire format of the face search called `name`.

    Raises:
        TargetUnusable: there is none.
    """
    known = face_formats()
    if name not in known:
        raise TargetUnusable(
            f"there is no fake of {name!r}", hint=f"choose one of: {', '.join(sorted(known))}"
        )
    return known[name]()


def _subclasses(base: type[WireFormat]) -> list[type[WireFormat]]:
    found = []
    for one in base.__subclasses__():
        found += [one, *_subclasses(one)]
    return found
