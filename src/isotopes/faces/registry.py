"""All face-search engines, and opening the gallery that a person names."""

from __future__ import annotations

from pathlib import PurePath

from isotopes.errors import TargetUnusable
from isotopes.faces.face_search import OpenableFaceSearch
from isotopes.hints import quoted
from isotopes.plugins import Registry
from isotopes.targets import target_kinds

_FILES = {".npz": "dlib", ".toml": "http-faces"}  # which engine's file has which ending
_KINDS = Registry[OpenableFaceSearch](
    OpenableFaceSearch,
    package="isotopes.faces.kinds",
    group="isotopes.face_searches",
    attribute="kind",
    noun="face-search engine",
    shown="{}:...",
    error=TargetUnusable,
)


def face_search_kinds() -> dict[str, type[OpenableFaceSearch]]:
    """All engines by name: those in `faces/kinds/` and those of other packages.

    Raises:
        TargetUnusable: two engines have the same name, or one can't be loaded.
    """
    return _KINDS.all()


def open_face_search(spec: str) -> OpenableFaceSearch:
    """The gallery that `spec`, which is ``kind:rest``, names.

    Raises:
        TargetUnusable: it names none, or one that can't be opened.
    """
    kind, colon, rest = spec.partition(":")
    if kind in face_search_kinds():
        return _KINDS.get(kind).from_spec(rest)
    if colon and kind in target_kinds():
        raise TargetUnusable(
            f"{kind} gives pictures labels: it is no face-search engine",
            hint=f"isotopes check NAME --target {quoted(spec)}",
        )
    if not colon and (meant := _FILES.get(PurePath(spec).suffix.lower())):
        raise TargetUnusable(
            f"{spec!r} doesn't say which face-search engine", hint=f"did you mean {meant}:{spec} ?"
        )
    return _KINDS.get(kind).from_spec(rest)
