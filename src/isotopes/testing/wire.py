"""A service's wire format: pictures out of a request, scores into an answer."""

from __future__ import annotations

import base64
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture
from isotopes.testing.faults import Reply


@dataclass(frozen=True)
class Request:
    """One request as the server got it; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


class WireFormat(ABC):
    """A service's wire format. A new one is one new file in `testing/formats/`.

    Class attributes:
        name: the kind of target that speaks it; `isotopes fake` calls it so. Such a format can be
            made without arguments.
        content_type: of every answer.
        version, labels: of the model that is served, for the places where the service shows them;
            the server sets them.
    """

    name: ClassVar[str]
    version = "1"
    labels: tuple[str, ...] = ()
    content_type: ClassVar[str] = "application/json"

    @abstractmethod
    def read(self, request: Request) -> list[Picture]:
        """The pictures in a request.

        Raises:
            ValueError: the request is not valid for this service; the message becomes the refusal.
        """

    @abstractmethod
    def write(self, scores: Scores, request: Request) -> bytes:
        """The body of the answer to a request, as much of the scores as it asks for."""

    def describe(self, request: Request) -> bytes | None:
        """The answer to a question about the model (a GET), its body; None if there is none."""
        return None

    def refusal(self, status: int, message: str) -> bytes:
        """The body of a refusal, in the service's own form."""
        return json.dumps({"error": message}).encode()

    def restate(self, reply: Reply) -> Reply:
        """`reply`, after a fault has changed it, in this service's own form."""
        return reply

    def how_to_ask(self, url: str) -> str:
        """How to make `isotopes check` ask a server of this format at `url`."""
        return f"ask it at {url}"


def best_first(scores: Scores) -> list[list[tuple[str, float]]]:
    """For each picture the labels that are shown, with their scores, best first."""
    return [
        [
            (scores.labels[column], float(row[column]))
            for column in np.argsort(-row, kind="stable")
            if not np.isnan(row[column])
        ]
        for row in scores.values
    ]


def decode_picture(text: str) -> Picture:
    """The picture in base64 of a PNG or JPEG file, uint8 RGB (height, width, 3).

    Raises:
        ValueError: it is not base64 of a PNG or JPEG file.
    """
    return decode_file(base64.b64decode(text, validate=True))


def decode_file(file: bytes) -> Picture:
    """The picture in a PNG or JPEG file, uint8 RGB (height, width, 3).

    Raises:
        ValueError: it is not a PNG or JPEG file.
    """
    data = np.frombuffer(file, np.uint8)
    found = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if found is None:
        raise ValueError("a picture must be a PNG or JPEG file")
    turned: Picture = cv2.cvtColor(found, cv2.COLOR_BGR2RGB)  # type: ignore[assignment]
    return turned
