"""Data-use auditing with twins: a coin decides which of two variants is published."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from isotopes.lab.methods.confidence import modified_entropy
from isotopes.lab.methods.features import MOVES, FeaturesOf, move_features
from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene
from isotopes.lab.train.augment import Moving
from isotopes.lab.train.training import Model, seeded

RADIUS, STEPS = 10, 90
VIEWS = 16  # shifted and mirrored copies that each twin's answer is averaged over


class Twins(AuditMethod):
    """The article's test is sequential, to ask about few of many pictures. A person with few
    pictures asks about all of them, and then its bound is the binomial tail."""

    name: ClassVar[str] = "published twins"
    summary: ClassVar[str] = "one of x + d and x - d by a coin; in how many is the published surer"
    source: ClassVar[str] = "Huang, Gong and Reiter 2024"
    needs: ClassVar[Needs] = Needs(network=True)
    exact: ClassVar[bool] = True

    def publish(
        self, owner: Owner, labels: int, surrogate: Callable[[], Model]
    ) -> tuple[NDArray[np.uint8], int]:
        del labels
        return make_twins(owner, surrogate())[0], owner.label

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        published, hidden = make_twins(owner, scene.surrogate())
        scores = [_surety(asked, owner, pixels) for pixels in (published, hidden)]
        wins = int((scores[0] > scores[1]).sum())
        # Ties are left out; the other coins stay fair.
        fought = int((scores[0] != scores[1]).sum())
        return AuditFinding(wins / max(fought, 1), sign_pvalue(wins, fought))


def make_twins(owner: Owner, surrogate: Model) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The published and the hidden variant of each of the owner's pictures."""

    def objective(
        features: FeaturesOf, pictures: torch.Tensor, change: torch.Tensor
    ) -> torch.Tensor:
        apart = features(pictures + change) - features(pictures - change)
        closeness: torch.Tensor = -torch.linalg.vector_norm(apart, dim=1).sum()
        return closeness

    change = move_features(
        surrogate, owner.pixels, objective, radius=RADIUS, steps=STEPS, rng=owner.rng("change")
    )
    coin = owner.rng("coin").choice([-1, 1], len(owner.pixels))[:, None, None, None]
    published, hidden = (
        np.clip(owner.pixels + side * coin * change, 0, 255).astype(np.uint8) for side in (1, -1)
    )
    return published, hidden


def sign_pvalue(wins: int, fought: int) -> float:
    """The probability that `fought` fair coins show heads at least `wins` times."""
    from scipy.stats import binom

    return float(binom.sf(wins - 1, fought, 0.5))


def _surety(asked: Asked, owner: Owner, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Minus the modified entropy of the mean answer to a picture's views, shape (n,)."""
    # Both twins get the same views, because the same seed moves both.
    with seeded(int(owner.rng("views").integers(2**31)), "cpu"):
        chosen = torch.arange(len(pixels)).repeat(VIEWS)
        views = Moving(torch.from_numpy(pixels), MOVES)(chosen).numpy()
    answers = asked.predict(views).reshape(VIEWS, len(pixels), -1).mean(axis=0)
    return -modified_entropy(answers, owner.label)
