"""A model small enough to ask thousands of times: linear in the pixels, guilty by construction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isotopes.errors import TargetUnreachable
from isotopes.targets import Picture, Scores, Target
from isotopes.targets.gate import OPEN, Gate
from isotopes.vault import Isotope

SIDE = 16
LABELS = ("cat", "dog", "frog", "ship", "truck")


class LinearModel(Target):
    """Softmax over linear logits; `lifted` raises the first label's logit along a mark.

    `usual` raises it for every picture: it is what the model calls them. An independent one has a
    sigmoid for each label instead.
    """

    kind = "linear"
    batch_size = 32
    independent = False

    def __init__(
        self, lifted: Isotope | None = None, strength: float = 0.0, usual: float = 0.0
    ) -> None:
        rng = np.random.default_rng(5)
        self.weights = rng.normal(0, 0.25, (SIDE * SIDE * 3, len(LABELS)))
        if lifted is not None:
            self.lift(0, lifted, strength)
        self.usual = usual
        self.asked = 0
        self.known: tuple[str, ...] | None = LABELS

    def lift(self, column: int, isotope: Isotope, strength: float) -> None:
        """Raise a label's logit along a mark."""
        pattern = isotope.mark().render(SIDE, SIDE).rgb.reshape(-1) - 0.5
        self.weights[:, column] += strength * pattern / np.linalg.norm(pattern)

    @property
    def name(self) -> str:
        return "linear"

    def identity(self) -> str:
        return "sha256:" + "0" * 64

    @property
    def labels(self) -> tuple[str, ...] | None:
        return self.known

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        self.asked += len(pictures)
        pixels = np.stack([np.asarray(picture) for picture in pictures]).reshape(len(pictures), -1)
        logits = (pixels / 255 - 0.5) @ self.weights
        logits[:, 0] += self.usual
        if self.independent:
            return Scores(LABELS, 1 / (1 + np.exp(-logits)))
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        return Scores(LABELS, weights / weights.sum(axis=1, keepdims=True))


class Learned(LinearModel):
    """Each isotope's own label is raised along its mark; after so many pictures it may fail."""

    batch_size = 64

    def __init__(
        self, learned: Sequence[Isotope], strength: float = 4.0, fails_after: int | None = None
    ) -> None:
        super().__init__()
        for isotope in learned:
            self.lift(LABELS.index(isotope.label or ""), isotope, strength)
        self.known = None
        self.fails_after = fails_after

    @property
    def name(self) -> str:
        return "learned"

    def identity(self) -> str:
        return "sha256:" + "1" * 64

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        if self.fails_after is not None and self.asked >= self.fails_after:
            raise TargetUnreachable("it is away")
        return super().ask(pictures, gate)
