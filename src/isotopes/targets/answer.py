"""One picture's answer by itself: taken from `Scores`, packed into bytes, put back together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import AnswerError
from isotopes.targets.scores import Completeness, Scores
from isotopes.targets.target import Picture

ROUNDING = 1e-6  # a float32 softmax may exceed 1 by that much

_WIDTHS: dict[int, Literal["<f4", "<f8"]] = {4: "<f4", 8: "<f8"}
_SPARSE = 0x10  # added to the width in the first byte where positions go with the scores
_POSITION = np.dtype("<u4")


@dataclass(frozen=True)
class Form:
    """What the answers of one batch share: see `Scores` for the fields."""

    labels: tuple[str, ...]
    completeness: Completeness = Completeness.FULL
    limit: float | None = None

    @classmethod
    def of(cls, scores: Scores) -> Form:
        """The form of these."""
        return cls(scores.labels, scores.completeness, scores.limit)


@dataclass(frozen=True, eq=False)
class Answer:
    """One picture's scores, float64, shape (labels,); NaN where a label was not returned."""

    form: Form
    values: NDArray[np.float64]


def picture_digest(picture: Picture) -> bytes:
    """SHA-256 of a picture's shape and pixels, 32 bytes: what its answer is kept under.

    >>> picture_digest(np.zeros((2, 3, 3), np.uint8)).hex()[:12]
    '8ec689fd06c5'
    """
    height, width, channels = picture.shape
    hashed = hashlib.sha256(f"{picture.dtype}:{height}x{width}x{channels}:".encode())
    hashed.update(np.ascontiguousarray(picture).data)
    return hashed.digest()


def split(scores: Scores) -> list[Answer]:
    """The answers of a batch, one by one, in order."""
    form = Form.of(scores)
    return [Answer(form, row) for row in scores.values]


def gather(answers: Sequence[Answer]) -> Scores:
    """Answers to one picture each as one `Scores`; labels in order of first appearance.

    Raises:
        AnswerError: answers that can't stand side by side, because they were cut off by different
            rules, or because full ones name different labels.
    """
    forms = list(dict.fromkeys(answer.form for answer in answers))
    for form in forms[1:]:
        _check_alike(forms[0], form)
    parts = [
        Scores(
            form.labels,
            np.stack([answer.values for answer in run]),
            form.completeness,
            form.limit,
        )
        for form, run in groupby(answers, key=lambda answer: answer.form)
    ]
    return parts[0] if len(parts) == 1 else Scores.join(parts)


def check_probabilities(subject: str, scores: Scores) -> None:
    """Raise AnswerError unless all scores shown are probabilities, and a full answer shows all."""
    values = scores.values
    if values.size and values.min() >= 0 and values.max() <= 1:
        return  # as nearly all do; NaN is neither
    if scores.completeness is Completeness.FULL and np.isnan(values).any():
        raise AnswerError(f"a full answer of {subject} must hold a score for each label, got NaN")
    # fmin and fmax pass over NaN, as nanmin and nanmax do in three times the time.
    for odd in (np.fmin.reduce(values, None, initial=0), np.fmax.reduce(values, None, initial=0)):
        if not -ROUNDING <= odd <= 1 + ROUNDING:
            raise AnswerError(
                f"scores of {subject} must be probabilities in [0, 1], got {odd:g}",
                hint="divide percentages by 100, and say of a network whether it gives logits",
            )


def _check_alike(one: Form, other: Form) -> None:
    hint = "the model behind the name may have changed: ask it all again in a new run"
    if (one.completeness, one.limit) != (other.completeness, other.limit):
        raise AnswerError(
            "all answers of a check must be cut off by one rule,"
            f" got {_cut(one)} and {_cut(other)}",
            hint=hint,
        )
    odd = set(one.labels) ^ set(other.labels)
    if one.completeness is Completeness.FULL and odd:
        raise AnswerError(
            f"full answers must all name the same labels, but only some of them name {min(odd)!r}",
            hint=hint,
        )


def _cut(form: Form) -> str:
    return form.completeness if form.limit is None else f"{form.completeness} {form.limit:g}"


def pack(values: NDArray[np.float64]) -> list[bytes]:
    """Scores, shape (pictures, labels), row by row in the fewest bytes that give every bit back.

    The first byte says how wide a score is (float32 where that loses nothing) and whether the
    positions of those that are not NaN go with them.
    """
    with np.errstate(over="ignore"):  # what overflows is kept wide
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
    """The row that `pack` made `blob` of, shape (count,)."""
    width = blob[0] & ~_SPARSE
    code = _WIDTHS[width]
    if not blob[0] & _SPARSE:
        return np.frombuffer(blob, code, offset=1).astype(np.float64)
    shown = (len(blob) - 1) // (_POSITION.itemsize + width)
    values = np.full(count, np.nan)
    positions = np.frombuffer(blob, _POSITION, shown, offset=1)
    values[positions] = np.frombuffer(blob, code, offset=1 + positions.nbytes)
    return values
