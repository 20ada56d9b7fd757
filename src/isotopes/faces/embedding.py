"""A face as 128 numbers: dlib's residual network, whose weights come as a package.

D. E. King, "Dlib-ml: A Machine Learning Toolkit", JMLR 10 (2009). The network is from 2017, has 29
convolutions and was trained on 3 million faces of other people: 99.38 % on the pairs of LFW. Two
faces count as one person's if their embeddings are less than 0.6 apart.
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
ONE_PERSON = 0.6  # dlib's threshold: two faces closer than this are one person's
_THRESHOLD = -1.0  # of the detector: at its default of 0 it finds half of the faces with a mark
_SMALL = 256  # pixels: pictures with a shorter side are enlarged twice to find faces
_LONGEST = 1024  # pixels: larger pictures are shrunk to find faces
_CHIP, _MARGIN = 150, 0.25  # pixels a side and share around the face that the network expects

Embedding = NDArray[np.float32]


class Embedder(Protocol):
    """Maps faces to points: the closer two points, the more alike the faces."""

    size: int

    def identity(self) -> str:
        """``sha256:...`` of everything that decides the points."""

    def embed(self, picture: Picture) -> Embedding | None:
        """One face of a picture, float32, shape (size,); None if it shows no face."""


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
        """A hash of the weights and of how faces are found and cut out."""
        files = [digest_file(path) for path in self._files]
        return digest_of(["dlib", files, _THRESHOLD, _SMALL, _LONGEST, _CHIP, _MARGIN])

    def embed(self, picture: Picture) -> Embedding | None:
        with self._lock:
            fitted = _fit(picture)
            face = self._find(fitted)
            if face is None:
                return None
            landmarks = self._landmarks(fitted, face)
            chip = self._dlib.get_face_chip(fitted, landmarks, _CHIP, _MARGIN)
            return np.array(self._network.compute_face_descriptor(chip), np.float32)

    def _find(self, picture: Picture) -> Any:
        twice = int(min(picture.shape[:2]) < _SMALL)
        faces, confidences, _ = self._detector.run(picture, twice, _THRESHOLD)
        if not faces:
            return None
        # Not the largest: with so low a threshold, some detections are not faces.
        return faces[int(np.argmax(confidences))]


@cache
def shared_embedder() -> DlibEmbedder:
    """One for the whole process: loading the weights takes a second."""
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
    # Not imported: its only module needs a part of setuptools that no longer exists.
    spec = find_spec(WEIGHTS)
    if spec is None or not spec.submodule_search_locations:
        raise missing(WEIGHTS, "faces")
    return Path(spec.submodule_search_locations[0]) / "models"
