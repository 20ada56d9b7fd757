"""How a service is spoken to: pictures out of a request, scores into an answer."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture


@dataclass(frozen=True)
class Request:
    """One request as the server got it; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class WireFormat(ABC):
    """A service's language. A new one is one new file in `testing/formats/`."""

    @abstractmethod
    def read(self, request: Request) -> list[Picture]:
        """The pictures in a request.

        Raises:
            ValueError: it is not as the service wants it; the message becomes the refusal.
        """

    @abstractmethod
    def write(self, scores: Scores) -> bytes:
        """The body of the answer, as `application/json`."""


def decode(text: str) -> Picture:
    """The picture in base64 of a PNG or JPEG file, uint8 RGB (height, width, 3).

    Raises:
        ValueError: it is none.
    """
    data = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    found = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if found is None:
        raise ValueError("a picture must be a PNG or JPEG file in base64")
    turned: Picture = cv2.cvtColor(found, cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
    return turned
