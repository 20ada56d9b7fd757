"""All face-search engines, and opening the gallery that a person names."""

from __future__ import annotations

from isotopes.errors import TargetUnusable
from isotopes.faces.face_search import OpenableFaceSearch
from isotopes.plugins import Registry

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
    kind, _, rest = spec.partition(":")
    return _KINDS.get(kind).from_spec(rest)
