"""Turns what a network puts out into probabilities, as its description declares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from isotopes.errors import AnswerError
from isotopes.targets.local.description import Description
from isotopes.targets.local.embeddings.anchors import Anchors
from isotopes.targets.local.embeddings.numbers import embedding_scores
from isotopes.targets.scores import Scores, full_scores

QUANTISED = 1 / 256  # the step of a quantised softmax


def output_scores(
    subject: str, raw: NDArray[Any], description: Description, anchors: Anchors | None = None
) -> Scores:
    """Raw outputs as scores.

    Args:
        subject: what messages call the network.
        raw: shape (n, outputs), or with axes of length 1 before or after the outputs.
        anchors: of an encoder.

    Raises:
        AnswerError: not one finite score for each label, or not what the description says.
    """
    names = description.labels
    if description.embeds:
        return embedding_scores(subject, raw)
    if anchors is not None:
        return anchors.scores(subject, raw, names, description.scale)
    if raw.ndim < 2:
        raise AnswerError(
            f"{subject} must give one score for each picture and label, got shape {raw.shape}"
        )
    values = _numbers(subject, raw.reshape(len(raw), -1))
    if values.shape[1] != len(names) and (values.shape[1], len(names)) != (1, 2):
        raise AnswerError(
            f"{subject} gives scores of shape {raw.shape[1:]},"
            f" but its description has {len(names)} labels"
        )
    if not np.isfinite(values).all():
        raise AnswerError(f"{subject} answered with NaN or infinity")
    return full_scores(names, _probabilities(subject, values, description))


def in_label_order(
    subject: str, values: NDArray[Any], keys: Sequence[str | int], description: Description
) -> NDArray[Any]:
    """Columns that the network names itself, in the order of the description's labels.

    Args:
        values: shape (n, labels).
        keys: of the columns: labels, or the labels' numbers.

    Raises:
        AnswerError: they are neither.
    """
    labels = description.labels
    columns = {str(key): column for column, key in enumerate(keys)}
    for names in (labels, [str(number) for number in range(len(labels))]):
        if len(set(names)) == len(keys) and columns.keys() == set(names):
            return values[:, [columns[name] for name in names]]
    raise AnswerError(
        f"{subject} names its scores {', '.join(list(columns)[:8])}, but its description has"
        f" labels {', '.join(labels[:8])}"
    )


def _numbers(subject: str, values: NDArray[Any]) -> NDArray[np.float64]:
    if values.dtype.kind not in "fiub":
        raise AnswerError(f"the outputs of {subject} must be real numbers, got {values.dtype}")
    return values.astype(np.float64)


def _probabilities(
    subject: str, values: NDArray[np.float64], description: Description
) -> NDArray[np.float64]:
    if description.output == "probabilities":
        return values
    if description.output == "sigmoid":
        return np.asarray(expit(values), np.float64)
    if values.shape[1] == 1:
        raise AnswerError(
            f"{subject} has a single output, and a softmax over a single logit is always 1",
            hint='give kind = "sigmoid" in [output] of its description',
        )
    if look_like_probabilities(values):
        raise AnswerError(
            f"the outputs of {subject} are declared logits, but lie in [0, 1] and sum to 1",
            hint='give kind = "probabilities" in [output] of its description',
        )
    return np.asarray(softmax(values, axis=1), np.float64)


def look_like_probabilities(values: NDArray[np.float64]) -> bool:
    """Whether these scores, shape (n, labels), seem to be a softmax's: in [0, 1], with sum 1.

    TensorFlow Lite rounds those of a quantised network to whole steps of 1/256, so that their sum
    may be off by half a step a label.
    """
    labels = values.shape[1]
    if labels < 2 or values.min() < 0 or values.max() > 1:
        return False
    rounded = bool((values / QUANTISED == np.rint(values / QUANTISED)).all())
    off = labels * QUANTISED / 2 if rounded else 1e-3
    return bool((np.abs(values.sum(axis=1) - 1) <= off).all())
