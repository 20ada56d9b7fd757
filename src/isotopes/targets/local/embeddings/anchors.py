"""Anchors: what an encoder's answers are compared with, so that it answers as a classifier does.

An encoder answers a picture with numbers that have no labels. Each label gets an anchor: the mean
direction of some pictures of it, or a prompt's own embedding (zero-shot). A picture's probability
of a label is then a softmax over scale * cosine, as CLIP's (Radford et al. 2021). If the encoder
was trained on marked pictures, a picture with the mark moves towards the pictures that carried it
then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from isotopes.arrays import read_array
from isotopes.canonical import digest_of
from isotopes.errors import AnswerError, TargetUnusable, reading
from isotopes.photos import read_folder
from isotopes.targets.answer import picture_digest
from isotopes.targets.local.description import Description
from isotopes.targets.scores import Scores, full_scores
from isotopes.targets.target import Picture

Embed = Callable[[Sequence[Picture]], NDArray[np.floating]]
VECTORS = ".npy"
MOST = 1000  # pictures of a label: more hardly move a mean


@dataclass(frozen=True, eq=False)
class Anchors:
    """The anchors of all labels.

    Attributes:
        vectors: of length 1, one for each label in order, shape (labels, numbers).
        pictures: by label, the pictures that they were made from; empty for prompts.
    """

    vectors: NDArray[np.float64]
    pictures: Mapping[str, Sequence[Picture]] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """``sha256:...`` of the pictures, or of the vectors if there are none."""
        return identity_of(self.pictures) if self.pictures else digest_of(self.vectors.tolist())

    def scores(
        self, subject: str, raw: NDArray[np.floating], labels: Sequence[str], scale: float
    ) -> Scores:
        """An encoder's answers as a softmax over scale * cosine.

        Args:
            raw: embeddings, shape (n, numbers).
            labels: as the anchors', in order.

        Raises:
            AnswerError: as `cosines`.
        """
        near = scale * self.cosines(subject, raw)
        return full_scores(labels, np.asarray(softmax(near, axis=1), np.float64))

    def cosines(self, subject: str, raw: NDArray[np.floating]) -> NDArray[np.float64]:
        """How near each answer is to each anchor, shape (n, labels).

        Raises:
            AnswerError: an embedding of another length than the anchors', or of zeros.
        """
        found = directions(subject, raw)
        numbers = self.vectors.shape[1]
        if found.shape[1] != numbers:
            raise AnswerError(
                f"{subject} answers with {found.shape[1]} numbers, its anchors have {numbers}"
            )
        return np.asarray(found @ self.vectors.T)


def identity_of(pictures: Mapping[str, Sequence[Picture]]) -> str:
    """``sha256:...`` of the pictures of all labels."""
    every = (one for some in pictures.values() for one in some)
    return digest_of([picture_digest(picture).hex() for picture in every])


def anchors_of(network: Path, description: Description, embed: Embed, batch: int) -> Anchors | None:
    """The anchors that a network's description names; None if it is not an encoder.

    Args:
        embed: gives the encoder's answers to pictures, at most `batch` at once.

    Raises:
        TargetUnusable, AnswerError: as `read_anchors`.
    """
    if description.anchors is None:
        return None

    def embed_all(pictures: Sequence[Picture]) -> NDArray[np.floating]:
        starts = range(0, len(pictures), batch)
        return np.concatenate([embed(pictures[i : i + batch]) for i in starts])

    return read_anchors(network.parent / description.anchors, description.labels, embed_all)


def described(description: Description, anchors: Anchors | None) -> list[Any]:
    """What a target's identity covers of a network's description and of its anchors."""
    return [description.identity, *([] if anchors is None else [anchors.identity])]


def read_anchors(path: Path, labels: Sequence[str], embed: Embed) -> Anchors:
    """The anchors at `path`: a folder with one for each label, or vectors in a ``.npy`` file.

    Args:
        embed: gives the encoder's answers to pictures, however many.

    Raises:
        TargetUnusable: there are none, or not one for each label.
        AnswerError: the encoder's answers to the pictures can't be used.
    """
    if path.suffix.lower() == VECTORS:
        return read_vectors(path, labels)
    return anchors_from(read_anchor_pictures(path, labels), embed)


def read_anchor_pictures(path: Path, labels: Sequence[str]) -> dict[str, Sequence[Picture]]:
    """The pictures of each label in a folder, at most `MOST` each.

    Raises:
        TargetUnusable: it is no folder, or a label has none.
    """
    if not path.is_dir():
        raise TargetUnusable(
            f"anchors must be a folder or a {VECTORS} file, got {path}",
            hint="a folder holds one folder of pictures for each label",
        )
    read: dict[str, Sequence[Picture]] = {}
    for label in labels:
        folder = path / label
        pictures = [] if not folder.is_dir() else [one for _, one in read_folder(folder)][:MOST]
        if not pictures:
            raise TargetUnusable(f"the anchors of label {label!r} need pictures in {folder}")
        read[label] = pictures
    return read


def anchors_from(pictures: Mapping[str, Sequence[Picture]], embed: Embed) -> Anchors:
    """The mean direction of each label's pictures.

    Args:
        embed: as for `read_anchors`.

    Raises:
        AnswerError: the encoder's answers to the pictures can't be used.
    """
    vectors: list[NDArray[np.float64]] = []
    for label, some in pictures.items():
        subject = f"the anchor of label {label!r}"
        mean = directions(subject, embed(some)).mean(axis=0, keepdims=True)
        vectors.append(directions(subject, mean)[0])
    return Anchors(np.stack(vectors), pictures)


def directions(subject: str, raw: NDArray[np.floating]) -> NDArray[np.float64]:
    """Embeddings as vectors of length 1, shape (n, numbers).

    Raises:
        AnswerError: not one row of finite numbers for each picture, or a row of zeros.
    """
    if raw.ndim < 2 or raw.dtype.kind not in "fiu":
        raise AnswerError(
            f"{subject} must give one row of numbers for each picture, got shape {raw.shape} of"
            f" type {raw.dtype}"
        )
    rows = raw.reshape(len(raw), -1).astype(np.float64)
    odd = int((~np.isfinite(rows)).any(axis=1).sum())
    if odd:
        raise AnswerError(
            f"embeddings of {subject} must hold finite numbers, got NaN or infinity in {odd:,} of"
            f" {len(rows):,}"
        )
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    for length in lengths[~(np.isfinite(lengths) & (lengths > 0))][:1]:
        raise AnswerError(f"an embedding of {subject} has length {length:g}, and so no direction")
    return np.asarray(rows / lengths)


def read_vectors(path: Path, labels: Sequence[str]) -> Anchors:
    """The vectors in a ``.npy`` file, one for each label.

    Raises:
        TargetUnusable: there is no such file, or it holds something else.
    """
    with reading(path, "anchors", error=TargetUnusable):
        found = read_array(path)
    if found.ndim != 2 or found.shape[0] != len(labels) or found.dtype.kind != "f":
        raise TargetUnusable(
            f"anchors of {len(labels)} labels must be floats of shape ({len(labels)}, numbers),"
            f" got {found.dtype} of shape {found.shape} in {path}"
        )
    return Anchors(directions(str(path), found))
