"""The model that a person names for a check, or the command that takes what they named."""

from __future__ import annotations

from isotopes.errors import TargetUnusable
from isotopes.hints import quoted
from isotopes.targets import Target, open_target


def open_model(spec: str) -> Target:
    """The target that `spec` means, as `open_target`.

    Raises:
        TargetUnusable: it means nothing that can be opened; a gallery of faces has its own check.
    """
    try:
        return open_target(spec)
    except TargetUnusable:
        from isotopes.faces import face_search_kinds  # engines are loaded only when one is meant

        kind, colon, _ = spec.partition(":")
        if not colon or kind not in face_search_kinds():
            raise
    raise TargetUnusable(
        f"{kind} is a face-search engine: it finds faces, and gives no picture labels",
        hint=f"isotopes faces check NAME --engine {quoted(spec)} --queries NEW --ours IDS.txt",
    )
