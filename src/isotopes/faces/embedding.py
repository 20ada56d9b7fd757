"""A face as 128 numbers: dlib's residual network, whose weights come as a package.

D. E. King, "Dlib-ml: A Machine Learning Toolkit", JMLR 10 (2009); the network is his of 2017, 29
convolutions, trained on 3 million faces of other people: 99.38 % on LFW's pairs. Two faces count as
one person's where their numbers lie less than 0.6 apart.
"""

from __future__ import annotations

import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from isotopes.canonical import digest_file, digest_of
from isotopes.targets.extras import missing
from isotopes.targets.target import Picture

WEIGHTS = "face_recognition_models"
ONE_PERSON = 0.6  # the distance below which dlib takes two faces for one person's
_SURE = -1.0  # of the detector: at its own 0 it finds half of the faces that carry a mark
_SMALL = 256  # pixels: a face in a picture with a shorter side is looked for at twice the size
_LONGEST = 1024  # pixels: where a face in a larger picture is looked for
_CHIP, _MARGIN = 150, 0.25  # what the network was trained on: pixels a side, share left around

Embedding = NDArray[np.float32]


class Embedder(Protocol):
    """Faces as points: the nearer two of them, the more alike."""

    size: int

    def identity(self) -> str:
        """``sha256:...`` of whatever tells this one from another."""

    def embed(self, picture: Picture) -> Embedding | None:
        """One face of a picture, float32, shape (size,); None where there is none."""


class DlibEmbedder:
    """dlib's detector of frontal faces, five landmarks, and its network. Threads may share it."""

    size = 128

    def __init__(self) -> None:
        """Load the weights, 31 MB.

        Raises:
            TargetUnusable: dlib or its weights are not installed.
        """
        try:
            import dlib
        except ImportError as error:
            raise missing("dlib-bin", "faces") from error
        folder = _weights()
        self._files = [
            folder / "shape_predictor_5_face_landmarks.dat",
            folder / "dlib_face_recognition_resnet_model_v1.dat",
        ]
        landmarks, network = map(str, self._files)
        self._dlib: Any = dlib
        self._detector = dlib.get_frontal_face_detector()
        self._landmarks = dlib.shape_predictor(landmarks)
        self._network = dlib.face_recognition_model_v1(network)
        self._lock = threading.Lock()  # the network keeps its layers' outputs in itself

    def identity(self) -> str:
        """Of the weights and of how faces are found and cut out."""
        files = [digest_file(path) for path in self._files]
        return digest_of(["dlib", files, _SURE, _SMALL, _LONGEST, _CHIP, _MARGIN])

    def embed(self, picture: Picture) -> Embedding | None:
        with self._lock:
            found = _fit(picture)
            face = self._find(found)
            if face is None:
                return None
            chip = self._dlib.get_face_chip(found, self._landmarks(found, face), _CHIP, _MARGIN)
            return np.array(self._network.compute_face_descriptor(chip), np.float32)

    def _find(self, picture: Picture) -> Any:
        twice = int(min(picture.shape[:2]) < _SMALL)
        faces, sureness, _ = self._detector.run(picture, twice, _SURE)
        if not faces:
            return None
        # The surest, not the largest: so low a bar lets through things that are no face.
        return faces[int(np.argmax(sureness))]


@cache
def shared_embedder() -> DlibEmbedder:
    """The one of this process: loading its weights takes a second."""
    return DlibEmbedder()


def _fit(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    factor = _LONGEST / max(height, width)
    if factor >= 1:
        return np.ascontiguousarray(picture)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    shrunk: Picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return shrunk


def _weights() -> Path:
    # Found, not imported: its only module asks for a part of setuptools that is gone.
    spec = find_spec(WEIGHTS)
    if spec is None or not spec.submodule_search_locations:
        raise missing(WEIGHTS, "faces")
    return Path(spec.submodule_search_locations[0]) / "models"
