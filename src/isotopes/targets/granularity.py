"""What a service does to its model's answers before it shows them (paper, section 8.4, table 9).

Each rule is a pure function on scores and a wrapper around a target. Fakes of services, tests and
the lab's countermeasures share them. A rule looks at each picture by itself, so an answer doesn't
depend on the rest of its batch.

A threshold and a top-K rule may both hide labels. Such an answer counts as top-K: it shows the best
labels, at most K. "Above the threshold" would promise that all of those are shown.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from isotopes.canonical import digest_of
from isotopes.errors import IsotopesError
from isotopes.targets.answer import picture_digest
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.scores import Completeness, Scores
from isotopes.targets.target import Picture, Target
from isotopes.targets.wrapper import Wrapper, ask_exactly

Values = NDArray[np.float64]
LEAST = 1e-12  # probability, where a temperature is applied


def keep_top(values: Values, k: int) -> Values:
    """The k best scores of each row, NaN elsewhere; of equal scores the first ones stay.

    Args:
        values: shape (pictures, labels); NaN for labels that are hidden already.
    """
    order = np.argsort(-values, axis=1, kind="stable")  # NaN last
    kept = np.full_like(values, np.nan)
    best = order[:, :k]
    np.put_along_axis(kept, best, np.take_along_axis(values, best, axis=1), axis=1)
    return kept


def keep_above(values: Values, threshold: float) -> Values:
    """The scores of at least `threshold`, NaN elsewhere; shape (pictures, labels)."""
    return np.where(values >= threshold, values, np.nan)


def soften(values: Values, temperature: float) -> Values:
    """The softmax of logits divided by a temperature.

    The logits are the logarithms of the scores, of at least 1e-12; shape (..., labels).
    """
    raised = np.maximum(values, LEAST) ** (1 / temperature)
    softened: Values = raised / raised.sum(axis=-1, keepdims=True)
    return softened


def add_logit_noise(values: Values, noise: Values) -> Values:
    """The softmax of logits plus noise, for the labels that are shown.

    The logits are the logarithms of the scores, so a score of 0 stays 0. The sum of each row does
    not change: it is 1 for a full answer of a softmax. Both arrays have shape (pictures, labels).
    """
    shown = np.where(np.isnan(values), 0.0, values)
    with np.errstate(divide="ignore"):
        logits = np.log(shown) + noise
    logits -= logits.max(axis=1, keepdims=True, initial=-np.finfo(np.float64).max)
    weights = np.exp(logits)
    total = weights.sum(axis=1, keepdims=True)
    mass = shown.sum(axis=1, keepdims=True)
    noisy = weights * np.divide(mass, total, out=np.zeros_like(mass), where=total > 0)
    return np.where(np.isnan(values), np.nan, np.clip(noisy, 0, 1))


class Coarse(Wrapper):
    """A target whose answers are changed by one rule; its identity says which."""

    @abstractmethod
    def rule(self) -> dict[str, str | int | float]:
        """The rule's name and settings."""

    @abstractmethod
    def change(self, scores: Scores, pictures: Sequence[Picture]) -> Scores:
        """The answers as the rule shows them."""

    def identity(self) -> str:
        return digest_of({"target": self.inner.identity(), **self.rule()})

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        return self.change(ask_exactly(self.inner, pictures, gate), pictures)


class TopK(Coarse):
    """Shows the K best labels."""

    def __init__(self, target: Target, k: int) -> None:
        super().__init__(target)
        if k < 1:
            raise IsotopesError(f"a top-K answer must show at least 1 label, got K = {k}")
        self._k = k

    def rule(self) -> dict[str, str | int | float]:
        return {"rule": "top-k", "k": self._k}

    def change(self, scores: Scores, pictures: Sequence[Picture]) -> Scores:
        everything = scores.labels if scores.completeness is Completeness.FULL else self.labels
        if everything is not None and self._k >= len(everything):
            return scores
        k = self._k
        if scores.completeness is Completeness.TOP_K and scores.limit is not None:
            k = min(k, int(scores.limit))
        return Scores(scores.labels, keep_top(scores.values, k), Completeness.TOP_K, k)


class Threshold(Coarse):
    """Shows the labels whose score is at least a threshold in [0, 1]."""

    def __init__(self, target: Target, threshold: float) -> None:
        super().__init__(target)
        if not 0 <= threshold <= 1:
            raise IsotopesError(f"a threshold must be in [0, 1], got {threshold:g}")
        self._threshold = threshold

    def rule(self) -> dict[str, str | int | float]:
        return {"rule": "threshold", "threshold": self._threshold}

    def change(self, scores: Scores, pictures: Sequence[Picture]) -> Scores:
        values = keep_above(scores.values, self._threshold)
        if scores.completeness is Completeness.TOP_K or self._threshold == 0:
            return Scores(scores.labels, values, scores.completeness, scores.limit)
        limit = max(self._threshold, scores.limit or 0.0)
        return Scores(scores.labels, values, Completeness.THRESHOLD, limit)


class Rounded(Coarse):
    """Rounds scores to a number of decimals (ties to even)."""

    def __init__(self, target: Target, decimals: int) -> None:
        super().__init__(target)
        if decimals < 0:
            raise IsotopesError(f"scores must be rounded to 0 or more decimals, got {decimals}")
        self._decimals = decimals

    def rule(self) -> dict[str, str | int | float]:
        return {"rule": "rounded", "decimals": self._decimals}

    def change(self, scores: Scores, pictures: Sequence[Picture]) -> Scores:
        values = np.round(scores.values, self._decimals)
        return Scores(scores.labels, values, scores.completeness, scores.limit)


class Noisy(Coarse):
    """Adds Gaussian noise to the logits before the softmax (paper, section 8.4, figure 17).

    The noise is drawn from the seed and the picture, in the order of the target's labels. So
    batches, threads and repetitions don't change it.
    """

    def __init__(self, target: Target, sigma: float, seed: int) -> None:
        """`sigma` is the standard deviation of the noise on each logit."""
        super().__init__(target)
        if sigma < 0:
            raise IsotopesError(f"the noise's sigma must not be negative, got {sigma:g}")
        self._sigma = sigma
        self._seed = seed

    def rule(self) -> dict[str, str | int | float]:
        return {"rule": "noisy", "sigma": self._sigma, "seed": self._seed}

    def change(self, scores: Scores, pictures: Sequence[Picture]) -> Scores:
        noise = np.stack([self._noise(picture, len(scores.labels)) for picture in pictures])
        values = add_logit_noise(scores.values, noise)
        return Scores(scores.labels, values, scores.completeness, scores.limit)

    def _noise(self, picture: Picture, labels: int) -> Values:
        entropy = int.from_bytes(picture_digest(picture), "big")
        return np.random.default_rng([self._seed, entropy]).normal(0, self._sigma, labels)
