"""What a sequential test costs and how often it detects, before it is run.

Exact: it tracks the probability of every (draws, exceedances) at which the plan goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isotopes.errors import PlanError
from isotopes.stats.exact.sequential import SequentialPlan


@dataclass(frozen=True, eq=False)
class StoppingLaw:
    """How a plan ends.

    Attributes:
        draws: probability of stopping after l decoys, shape (..., maximum + 1) for l = 0, 1, ...
        power: probability that the p-value is then at most the plan's level, shape (...).
    """

    draws: NDArray[np.float64]
    power: NDArray[np.float64]

    @property
    def mean_draws(self) -> NDArray[np.float64]:
        """Expected decoys, shape (...)."""
        mean: NDArray[np.float64] = self.draws @ np.arange(self.draws.shape[-1])
        return mean

    def quantile(self, probability: float) -> NDArray[np.intp]:
        """The fewest decoys that suffice with probability `probability`, shape (...)."""
        # The sum may end a rounding below 1.
        reached = self.draws.cumsum(axis=-1) >= probability - 1e-12
        first: NDArray[np.intp] = reached.argmax(axis=-1)
        return first


def guilty_stopping(plan: SequentialPlan, exceedance: ArrayLike) -> StoppingLaw:
    """How the test ends if each decoy beats the mark with a known probability.

    Args:
        plan: with a level.
        exceedance: that probability, in [0, 1], any shape (...): nearly 0 for a mark that the
            model learned.

    Raises:
        PlanError: a plan without a level, or a probability outside [0, 1].
    """
    chance = np.asarray(exceedance, dtype=np.float64)
    if not ((chance >= 0) & (chance <= 1)).all():
        raise PlanError("the probability that a decoy beats the mark must be in [0, 1]")
    return _follow(plan, chance, mixed=False)


def innocent_stopping(plan: SequentialPlan) -> StoppingLaw:
    """How the test ends for a model that saw neither the mark nor the decoys, without ties.

    The next decoy falls into any of the gaps between the scores so far with the same probability:
    with g of l decoys above the mark, the next one is as high with probability (g + 1) / (l + 2).
    """
    return _follow(plan, np.zeros(()), mixed=True)


def _follow(plan: SequentialPlan, chance: NDArray[np.float64], *, mixed: bool) -> StoppingLaw:
    level = plan.level
    if level is None:
        raise PlanError("power and cost need a plan with a level, got none")
    stops = np.zeros((*chance.shape, plan.maximum + 1))
    power = np.zeros(chance.shape)
    alive = {0: np.ones(chance.shape)}  # exceedances so far -> probability of being there
    for draws in range(plan.maximum):
        following: dict[int, NDArray[np.float64]] = {}
        for exceedances, weight in alive.items():
            up = np.float64((exceedances + 1) / (draws + 2)) if mixed else chance
            for total, branch in ((exceedances, 1 - up), (exceedances + 1, up)):
                state = plan.state(draws + 1, total)
                if state.finished:
                    stops[..., draws + 1] += weight * branch
                    power += weight * branch * (state.pvalue <= level)
                else:
                    following[total] = following.get(total, 0) + weight * branch
        alive = following
    return StoppingLaw(stops, power)
