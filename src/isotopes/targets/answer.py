"""The answer to one picture: split off from `Scores`, packed into bytes, joined again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import AnswerError
from isotopes.targets.scores import ROUNDING, Completeness, Scores
from isotopes.targets.target import Picture

_WIDTHS: dict[int, Literal["<f4", "<f8"]] = {4: "<f4", 8: "<f8"}
_SPARSE = 0x10  # flag in the first byte: positions are stored with the scores
_POSITION = np.dtype("<u4")


@dataclass(frozen=True)
class AnswerHeader:
    """The fields that all answers of one batch share; `Scores` explains them."""

    labels: tuple[str, ...]
    completeness: Completeness = Completeness.FULL
    limit: float | None = None

    @classmethod
    def of(cls, scores: Scores) -> AnswerHeader:
        """The header of these scores."""
        return cls(scores.labels, scores.completeness, scores.limit)


@dataclass(frozen=True, eq=False)
class Answer:
    """The scores of one picture, float64, shape (labels,); NaN for labels not returned."""

    header: AnswerHeader
    values: NDArray[np.float64]


def picture_digest(picture: Picture) -> bytes:
    """SHA-256 of a picture's shape and pixels, 32 bytes: the key of its answer.

    >>> picture_digest(np.zeros((2, 3, 3), np.uint8)).hex()[:12]
    '8ec689fd06c5'
    """
    height, width, channels = picture.shape
    hashed = hashlib.sha256(f"{picture.dtype}:{height}x{width}x{channels}:".encode())
    hashed.update(np.ascontiguousarray(picture).data)
    return hashed.digest()


def split(scores: Scores) -> list[Answer]:
    """The answers of a batch, one by one, in order."""
    header = AnswerHeader.of(scores)
    return [Answer(header, row) for row in scores.values]


def join_answers(answers: Sequence[Answer]) -> Scores:
    """Join answers to one picture each; labels in order of first appearance.

    Raises:
        AnswerError: the answers can't be compared: they were cut off by different rules, or full
            answers name different labels.
    """
    headers = list(dict.fromkeys(answer.header for answer in answers))
    for header in headers[1:]:
        _check_alike(headers[0], header)
    parts = [
        Scores(
            header.labels,
            np.stack([answer.values for answer in run]),
            header.completeness,
            header.limit,
        )
        for header, run in groupby(answers, key=lambda answer: answer.header)
    ]
    return parts[0] if len(parts) == 1 else Scores.join(parts)


_ODD = "divide percentages by 100, and declare logits of a network as logits"


def check_probabilities(subject: str, scores: Scores, hint: str = _ODD) -> None:
    """Raise AnswerError unless all shown scores are probabilities and full answers are full.

    Args:
        hint: what to do about scores that are none.
    """
    values = scores.values
    if values.size and values.min() >= 0 and values.max() <= 1:
        return  # the usual case; comparisons with NaN are false
    if scores.completeness is Completeness.FULL and np.isnan(values).any():
        raise AnswerError(f"a full answer of {subject} must hold a score for each label, got NaN")
    # fmin and fmax ignore NaN, like nanmin and nanmax, in a third of the time.
    for odd in (np.fmin.reduce(values, None, initial=0), np.fmax.reduce(values, None, initial=0)):
        if not -ROUNDING <= odd <= 1 + ROUNDING:
            raise AnswerError(
                f"scores of {subject} must be probabilities in [0, 1], got {odd:g}",
                hint=hint,
            )


def _check_alike(one: AnswerHeader, other: AnswerHeader) -> None:
    hint = "the model behind the name may have changed: ask everything again with a new journal"
    if (one.completeness, one.limit) != (other.completeness, other.limit):
        raise AnswerError(
            "all answers of a check must be cut off by the same rule,"
            f" got {_cut(one)} and {_cut(other)}",
            hint=hint,
        )
    odd = set(one.labels) ^ set(other.labels)
    if one.completeness is Completeness.FULL and odd:
        raise AnswerError(
            f"full answers must all name the same labels, but only some of them name {min(odd)!r}",
            hint=hint,
        )


def _cut(header: AnswerHeader) -> str:
    shown = header.completeness
    return shown if header.limit is None else f"{shown} {header.limit:g}"


def pack(values: NDArray[np.float64]) -> list[bytes]:
    """Each row of scores, shape (pictures, labels), in few bytes and without loss.

    The first byte says how wide a score is (float32 if that loses nothing), and whether the
    positions of the scores that are not NaN are stored with them.
    """
    with np.errstate(over="ignore"):  # what overflows stays float64
        narrow = values.astype("<f4")
    shown = ~np.isnan(values)
    rows = (
        narrow[row] if small else values[row]
        for row, small in enumerate(((narrow == values) | ~shown).all(axis=1))
    )
    if shown.all():
        return [_with_width(row) for row in rows]
    return [_pack_row(row, some) for row, some in zip(rows, shown, strict=True)]


def _pack_row(row: NDArray[np.floating], shown: NDArray[np.bool_]) -> bytes:
    width = row.itemsize
    positions = np.flatnonzero(shown).astype(_POSITION)
    if len(positions) * (_POSITION.itemsize + width) >= row.nbytes:
        return _with_width(row)
    kept = row[positions].astype(_WIDTHS[width])
    return bytes([width | _SPARSE]) + positions.tobytes() + kept.tobytes()


def _with_width(row: NDArray[np.floating]) -> bytes:
    width = row.itemsize
    return bytes([width]) + row.astype(_WIDTHS[width], copy=False).tobytes()


def unpack(blob: bytes, count: int) -> NDArray[np.float64]:
    """The row that `pack` turned into `blob`, shape (count,)."""
    width = blob[0] & ~_SPARSE
    code = _WIDTHS[width]
    if not blob[0] & _SPARSE:
        return np.frombuffer(blob, code, offset=1).astype(np.float64)
    shown = (len(blob) - 1) // (_POSITION.itemsize + width)
    values = np.full(count, np.nan)
    positions = np.frombuffer(blob, _POSITION, shown, offset=1)
    values[positions] = np.frombuffer(blob, code, offset=1 + positions.nbytes)
    return values
