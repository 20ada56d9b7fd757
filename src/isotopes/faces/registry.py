"""Which face-search engines there are, and the gallery that a person's words mean."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points

from isotopes.errors import TargetUnusable
from isotopes.faces.face_search import OpenableFaceSearch


@cache
def face_search_kinds() -> dict[str, type[OpenableFaceSearch]]:
    """All engines by name: those in `targets/faces/kinds/` and those of other packages.

    Raises:
        TargetUnusable: two of them have one name.
    """
    package = importlib.import_module("isotopes.faces.kinds")
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
    for entry in entry_points(group="isotopes.face_searches"):
        entry.load()
    kinds: dict[str, type[OpenableFaceSearch]] = {}
    for kind in OpenableFaceSearch.__subclasses__():
        if kinds.setdefault(kind.kind, kind) is not kind:
            both = " and ".join(one.__module__ for one in (kinds[kind.kind], kind))
            raise TargetUnusable(f"two face-search engines are called {kind.kind!r}: in {both}")
    return kinds


def open_face_search(spec: str) -> OpenableFaceSearch:
    """The gallery that `spec`, which is ``kind:rest``, means.

    Raises:
        TargetUnusable: none that can be opened.
    """
    kinds = face_search_kinds()
    kind, _, rest = spec.partition(":")
    if kind in kinds:
        return kinds[kind].from_spec(rest)
    near = difflib.get_close_matches(kind, kinds, 1)
    ways = ", ".join(f"{name}:..." for name in sorted(kinds))
    raise TargetUnusable(
        f"{spec!r} names no face-search engine",
        hint=f"did you mean {near[0]}:{rest} ?" if near else f"give one of: {ways}",
    )
