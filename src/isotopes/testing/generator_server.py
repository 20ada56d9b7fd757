"""A local service that makes pictures on request, with a real generator behind it."""

from __future__ import annotations

import itertools
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from isotopes.errors import FakeRefusal
from isotopes.targets.generators import PictureGenerator, Wish
from isotopes.testing.faults import Fault, Reply
from isotopes.testing.server import HttpFake
from isotopes.testing.wire import Request


@dataclass(frozen=True)
class Order:
    """What a request asks for.

    Attributes:
        seed: None where the service draws one.
    """

    prompt: str
    seed: int | None = None


class PictureFormat(ABC):
    """A service's wire format. A new one is one new file in `testing/picture_formats/`.

    Class attributes: as `WireFormat`.
    """

    name: ClassVar[str]
    content_type: ClassVar[str] = "application/json"

    @abstractmethod
    def read(self, request: Request) -> Order:
        """What a request asks for.

        Raises:
            FakeRefusal: the request is not valid for this service.
        """

    @abstractmethod
    def write(self, file: bytes, request: Request, publish: Callable[[bytes], str]) -> bytes:
        """The body of the answer.

        Args:
            file: the picture's.
            publish: puts a file on the server and returns its address.
        """

    @abstractmethod
    def refusal(self, refused: FakeRefusal) -> bytes:
        """The body of a refusal."""

    @abstractmethod
    def how_to_ask(self, url: str) -> str:
        """How to make `isotopes check --pictures` ask a server of this format at `url`."""


class GeneratorServer(HttpFake):
    """Serves a generator."""

    def __init__(
        self,
        generator: PictureGenerator,
        wire: PictureFormat,
        faults: Iterable[Fault | None] = (),
        *,
        delay: float = 0,
        port: int = 0,
    ) -> None:
        """Set up a service; the rest as `HttpFake`."""
        super().__init__(faults, delay=delay, port=port)
        self._generator = generator
        self._wire = wire
        self._seeds = itertools.count()
        self._files: dict[str, bytes] = {}
        self._one_at_a_time = threading.Lock()

    @property
    def content_type(self) -> str:
        return self._wire.content_type

    def answer(self, request: Request) -> Reply:
        if request.method == "GET":
            file = self._files.get(request.path)
            return Reply(b"not found", 404) if file is None else Reply(file)
        try:
            order = self._wire.read(request)
        except FakeRefusal as refused:
            return Reply(self._wire.refusal(refused), refused.status)
        with self._one_at_a_time:
            seed = next(self._seeds) if order.seed is None else order.seed
            file = self._generator.make(Wish(order.prompt, seed))
            return Reply(self._wire.write(file, request, self._publish))

    def restate(self, reply: Reply) -> Reply:
        return reply

    def _publish(self, file: bytes) -> str:
        path = f"/files/{len(self._files)}.png"
        self._files[path] = file
        return self.url.rstrip("/") + path
