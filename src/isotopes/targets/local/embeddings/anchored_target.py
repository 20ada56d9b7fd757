"""What targets have in common whose network may be an encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isotopes.targets.local.embeddings.anchors import Anchors
from isotopes.targets.target import OpenableTarget, Picture


class AnchoredTarget(OpenableTarget):
    """A target that compares an encoder's embeddings with anchors, if its network is an encoder."""

    _anchors: Anchors | None

    @property
    def anchors(self) -> Mapping[str, Sequence[Picture]]:
        return {} if self._anchors is None else self._anchors.pictures

    @property
    def unchecked_anchors(self) -> bool:
        return self._anchors is not None and not self._anchors.pictures
