"""A local HTTP server that enrols and searches faces, in a service's wire format."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from isotopes.errors import FakeRefusal
from isotopes.faces.embedding import Embedder, Embedding
from isotopes.faces.gallery import Gallery
from isotopes.targets.target import Picture
from isotopes.testing.faults import Fault, Reply
from isotopes.testing.server import HttpFake
from isotopes.testing.wire import Request


class FaceStore:
    """The state of a face-search service: faces by token, and galleries of them."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._faces: dict[str, Embedding] = {}
        self.galleries: dict[str, Gallery] = {}
        self.names: dict[str, str] = {}  # of tokens, as people call them

    def detect(self, picture: Picture) -> str | None:
        """The token of the face in a picture; None if there is none."""
        point = self._embedder.embed(picture)
        if point is None:
            return None
        token = f"{len(self._faces):032x}"
        self._faces[token] = point
        return token

    def create(self, gallery: str) -> bool:
        """Make an empty gallery; False if it is there already."""
        if gallery in self.galleries:
            return False
        self.galleries[gallery] = Gallery(self._embedder.size, self._embedder.identity())
        return True

    def knows(self, token: str) -> bool:
        """Did `detect` give this token?"""
        return token in self._faces

    def add(self, gallery: str, token: str) -> None:
        """Put a face into a gallery."""
        self.galleries[gallery].add([token], self._faces[token][None])

    def search(self, gallery: str, token: str) -> list[tuple[str, float]]:
        """Every face in a gallery, with its likeness to another face in percent, best first."""
        distances = self.galleries[gallery].distances(self._faces[token], float("inf"))
        percents = {one: 100 * max(0.0, 1 - distance) for one, distance in distances.items()}
        return sorted(percents.items(), key=lambda pair: -pair[1])


class FaceFormat(ABC):
    """A service's wire format. A new one is one new file in `testing/face_formats/`.

    Class attributes: as `WireFormat`.
    """

    name: ClassVar[str]
    content_type: ClassVar[str] = "application/json"

    @abstractmethod
    def answer(self, request: Request, store: FaceStore) -> Any:
        """Do what a request asks for; returns the answer as JSON values, None for an empty one.

        Raises:
            FakeRefusal: the request is not valid for this service.
        """

    @abstractmethod
    def refusal(self, refused: FakeRefusal) -> dict[str, Any]:
        """The body of a refusal."""

    @abstractmethod
    def restate(self, reply: Reply) -> Reply:
        """`reply`, after a fault has changed it, in this service's own form."""

    @abstractmethod
    def how_to_ask(self, url: str) -> str:
        """How to make `isotopes faces` ask a server of this format at `url`."""


class FaceServer(HttpFake):
    """Serves an embedding as a face-search service, with no gallery in it at first."""

    def __init__(
        self,
        embedder: Embedder,
        wire: FaceFormat,
        faults: Iterable[Fault | None] = (),
        *,
        delay: float = 0,
        port: int = 0,
    ) -> None:
        """Set up a service; the rest as `HttpFake`."""
        super().__init__(faults, delay=delay, port=port)
        self._store = FaceStore(embedder)
        self._wire = wire
        self._one_at_a_time = threading.Lock()

    @property
    def content_type(self) -> str:
        return self._wire.content_type

    def answer(self, request: Request) -> Reply:
        try:
            with self._one_at_a_time:
                found = self._wire.answer(request, self._store)
        except FakeRefusal as refused:
            return Reply(json.dumps(self._wire.refusal(refused)).encode(), refused.status)
        return Reply(b"" if found is None else json.dumps(found).encode())

    def restate(self, reply: Reply) -> Reply:
        return self._wire.restate(reply)
