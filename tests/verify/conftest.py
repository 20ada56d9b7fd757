"""Models small enough to ask thousands of times: linear in the pixels, guilty by construction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from isotopes.marks import get_family
from isotopes.targets import Picture, Scores, Target
from isotopes.vault import Isotope, new_isotope
from isotopes.verify import Plan
from isotopes.verify.terms import committed_terms

SIDE = 16
LABELS = ("cat", "dog", "frog", "ship", "truck")


class LinearModel(Target):
    """Softmax over linear logits; `lifted` raises the first label's logit along a mark."""

    kind = "linear"
    batch_size = 32

    def __init__(self, lifted: Isotope | None = None, strength: float = 0.0) -> None:
        rng = np.random.default_rng(5)
        self.weights = rng.normal(0, 0.25, (SIDE * SIDE * 3, len(LABELS)))
        if lifted is not None:
            pattern = lifted.mark().render(SIDE, SIDE).rgb.reshape(-1) - 0.5
            self.weights[:, 0] += strength * pattern / np.linalg.norm(pattern)
        self.asked = 0
        self.known: tuple[str, ...] | None = LABELS

    @property
    def name(self) -> str:
        return "linear"

    def identity(self) -> str:
        return "sha256:" + "0" * 64

    @property
    def labels(self) -> tuple[str, ...] | None:
        return self.known

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        self.asked += len(pictures)
        pixels = np.stack([np.asarray(picture) for picture in pictures]).reshape(len(pictures), -1)
        logits = (pixels / 255 - 0.5) @ self.weights
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        return Scores(LABELS, weights / weights.sum(axis=1, keepdims=True))


@pytest.fixture
def plan() -> Plan:
    return Plan(
        isotope="holiday",
        commitment="sha256:" + "ab" * 32,
        family="gratings",
        family_version=1,
        alpha=0.4,
        exchangeable=True,
        method="rank",
        statistic="log-odds",
        level=0.05,
        decoys=19,
        probes=tuple(f"sha256:{index:064x}" for index in range(6)),
        probe_labels=("cat", None, None, None, None, None),
        target="model.onnx",
        target_identity="sha256:" + "cd" * 32,
        seed="01" * 32,
    )


@pytest.fixture
def isotope() -> Isotope:
    # No test hangs on which mark is drawn.
    return new_isotope(
        "holiday", get_family("gratings"), 0.4, plan=committed_terms(), root=bytes(range(32))
    )


@pytest.fixture
def probes() -> list[tuple[str, Picture]]:
    """Forty blurred noise pictures, named in order, without folders."""
    rng = np.random.default_rng(11)
    coarse = rng.integers(0, 256, (40, SIDE // 4, SIDE // 4, 3), dtype=np.uint8)
    pictures = coarse.repeat(4, axis=1).repeat(4, axis=2)
    return [(f"{index:02}.png", picture) for index, picture in enumerate(pictures)]


@pytest.fixture
def guilty(isotope: Isotope) -> LinearModel:
    return LinearModel(isotope, strength=4.0)


@pytest.fixture
def innocent() -> LinearModel:
    return LinearModel()


@pytest.fixture
def make_target() -> Callable[..., LinearModel]:
    return LinearModel
