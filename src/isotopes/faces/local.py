"""Face search on this machine: an embedding, and the nearest points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isotopes.canonical import digest_of
from isotopes.faces.embedding import Embedder
from isotopes.faces.face_search import Enrolment, FaceSearch, Matches
from isotopes.faces.gallery import Gallery
from isotopes.targets.scores import Completeness
from isotopes.targets.target import Picture

NO_FACE = "no face was found in it"


class LocalFaceSearch(FaceSearch):
    """A gallery in memory. A similarity is 1 less the distance, and what is farther is not shown.

    For dlib's embedding 0.4 is then the least similarity of one person's two faces.
    """

    remote = False

    def __init__(self, embedder: Embedder, gallery: Gallery | None = None) -> None:
        """Search `gallery`, whose points `embedder` made; a new one where there is none."""
        self.embedder = embedder
        self.gallery = gallery or Gallery(embedder.size, embedder.identity())

    @property
    def name(self) -> str:
        return f"a gallery of {len(self.gallery)} faces"

    def identity(self) -> str:
        """Of the embedding and of every enrolled face."""
        return digest_of([self.embedder.identity(), self.gallery.identity()])

    def _enrol(self, pictures: Sequence[Picture], ids: Sequence[str]) -> Enrolment:
        known = set(self.gallery.ids)
        points, enrolled, refused = [], [], {}
        for picture, name in zip(pictures, ids, strict=True):
            point = None if name in known else self.embedder.embed(picture)
            if point is None:
                refused[name] = "it is enrolled already" if name in known else NO_FACE
            else:
                points.append(point)
                enrolled.append(name)
        if points:
            self.gallery.add(enrolled, np.stack(points))
        return Enrolment(tuple(enrolled), refused)

    def enrolled(self) -> frozenset[str]:
        return frozenset(self.gallery.ids)

    def search(self, picture: Picture) -> Matches:
        point = self.embedder.embed(picture)
        near = {} if point is None else self.gallery.distances(point, 1.0)
        similarities = {name: max(0.0, 1 - distance) for name, distance in near.items()}
        return Matches.of(similarities, Completeness.THRESHOLD, 0.0)

    def delete(self) -> None:
        self.gallery = Gallery(self.embedder.size, self.embedder.identity())
