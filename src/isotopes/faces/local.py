"""Face search on this machine: an embedding and its nearest neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isotopes.canonical import digest_of
from isotopes.faces.embedding import Embedder
from isotopes.faces.face_search import Enrolment, FaceSearch, Matches
from isotopes.faces.gallery import Gallery
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.scores import Completeness
from isotopes.targets.target import Picture

NO_FACE = "it shows no face"


class LocalFaceSearch(FaceSearch):
    """A gallery in memory. The similarity is 1 minus the distance; faces farther apart than 1 are
    not shown.

    With dlib's embedding, two faces of one person have a similarity of at least 0.4.
    """

    remote = False

    def __init__(self, embedder: Embedder, gallery: Gallery | None = None) -> None:
        """Search `gallery`, whose points come from `embedder`; by default a new one."""
        self.embedder = embedder
        self.gallery = gallery or Gallery(embedder.size, embedder.identity())

    @property
    def name(self) -> str:
        return f"a gallery of {len(self.gallery)} faces"

    def identity(self) -> str:
        """A hash of the embedding and of every enrolled face."""
        return digest_of([self.embedder.identity(), self.gallery.identity()])

    def _enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        points, enrolled, refused = [], [], {}
        for picture, name in zip(pictures, ids, strict=True):
            point = self.embedder.embed(picture)
            if point is None:
                refused[name] = NO_FACE
            else:
                points.append(point)
                enrolled.append(name)
        if points:
            self.gallery.add(enrolled, np.stack(points))
        return Enrolment(tuple(enrolled), refused)

    def enrolled(self) -> frozenset[str]:
        return frozenset(self.gallery.ids)

    def search(self, picture: Picture, gate: Gate = OPEN) -> Matches:
        point = self.embedder.embed(picture)
        near = {} if point is None else self.gallery.distances(point, 1.0)
        similarities = {name: max(0.0, 1 - distance) for name, distance in near.items()}
        return Matches.of(similarities, Completeness.THRESHOLD, 0.0)

    def _delete(self) -> None:
        self.gallery = Gallery(self.embedder.size, self.embedder.identity())
