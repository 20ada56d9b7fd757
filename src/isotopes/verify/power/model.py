"""Measured marks, moved to a setting that was not measured: the model behind `power`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PlanError
from isotopes.stats.effect import CONFIDENCE
from isotopes.stats.exact.sequential import SequentialPlan
from isotopes.stats.exact.stopping import guilty_stopping
from isotopes.verify.power.effect_table import MeasuredEffect, TrainingSetting
from isotopes.verify.power.measured import effective_count

REFERENCE_PROBES = 25  # gains are compared in units of the decoys' spread on so many probes
REPEATS = 200  # of the bootstrap
NODES = 21  # of the integral over the mark's own noise

Values = NDArray[np.float64]
Curve = Callable[[Values], tuple[Values, Values]]


@cache
def stopping_curve(plan: SequentialPlan) -> Curve:
    """Power and expected draws by the chance that a decoy beats the mark, from a fine grid."""
    grid = np.concatenate([[0], np.geomspace(1e-7, 1, 400)])
    law = guilty_stopping(plan, grid)
    power, draws = law.power, law.mean_draws
    return lambda chance: (np.interp(chance, grid, power), np.interp(chance, grid, draws))


class MovedMarks:
    """The measured marks of one family, moved to a setting."""

    def __init__(self, rows: Sequence[MeasuredEffect], setting: TrainingSetting) -> None:
        self.rows = rows
        gains = [row.gain for row in rows]
        self._noise = np.array([gain.decoy_noise for gain in gains])
        self._spread = np.array([gain.decoy_spread for gain in gains])
        self._mark_noise = np.array([gain.mark_noise for gain in gains])
        self._unit = self._decoy_deviation(REFERENCE_PROBES)
        if not self._unit.all():
            raise PlanError("each measured effect needs decoys that differ, got a spread of 0")
        self._height = np.arcsinh(np.array([gain.gain for gain in gains]) / self._unit)
        self._settings = np.stack([row.setting.logarithms for row in rows])
        self._way = setting.logarithms - self._settings
        names = [row.model for row in rows]
        self._models = np.unique(names, return_inverse=True)[1].reshape(-1)

    def weights(self, times: Values | None = None) -> Values:
        """How much each row counts, adding up to 1; `times` says how often it was drawn."""
        counts = np.ones(len(self.rows)) if times is None else times
        closeness = -(self._way**2).sum(axis=1) / 2
        # From the nearest on, so that a far setting doesn't make all of them 0.
        weights = np.exp(closeness - closeness[counts > 0].max()) * counts
        normalised: Values = weights / weights.sum()
        return normalised

    def model_count(self, weights: Values) -> float:
        """How many models with equal weights would average as well."""
        return effective_count(np.bincount(self._models, weights).astype(np.float64))

    def slopes(self, times: Values | None = None) -> Values:
        """How the height changes with each doubling; 0 for what was never varied."""
        counts = np.ones(len(self.rows)) if times is None else times
        weight = counts / counts.sum()
        root = np.sqrt(weight)[:, None]
        settings = root * (self._settings - weight @ self._settings)
        heights = root[:, 0] * (self._height - weight @ self._height)
        found: Values = np.linalg.lstsq(settings, heights, rcond=1e-9)[0]
        return found

    def outcomes(
        self, slopes: Values, curve: Curve, probes: int, searched: int
    ) -> tuple[Values, Values]:
        """Chance of detection and expected draws for each row's mark, shape (rows,) both."""
        gain = np.sinh(self._height + self._way @ slopes) * self._unit
        nodes, quadrature = np.polynomial.hermite_e.hermegauss(NODES)
        noise = self._mark_noise / np.sqrt(probes)
        scores = gain[:, None] + noise[:, None] * nodes
        beaten = _upper_tail(scores / self._decoy_deviation(probes)[:, None])
        power, draws = curve(-np.expm1(searched * np.log1p(-np.minimum(beaten, 1 - 1e-12))))
        quadrature = quadrature / quadrature.sum()
        return power @ quadrature, draws @ quadrature

    def power(self, plan: SequentialPlan, probes: int, searched: int) -> float:
        """Expected power, without its interval."""
        detected, _ = self.outcomes(self.slopes(), stopping_curve(plan), probes, searched)
        return float(self.weights() @ detected)

    def interval(
        self, curve: Curve, probes: int, searched: int, rng: np.random.Generator
    ) -> tuple[float, float]:
        """Bootstrap over models, with a Beta draw each time."""
        models = int(self._models.max()) + 1
        drawn = []
        for _ in range(REPEATS):
            times = np.bincount(rng.integers(models, size=models), minlength=models)
            of_row = times[self._models].astype(np.float64)
            weights = self.weights(of_row)
            detected, _ = self.outcomes(self.slopes(of_row), curve, probes, searched)
            mean = min(1.0, float(weights @ detected))
            count = self.model_count(weights)
            drawn.append(rng.beta(count * mean + 0.5, count * (1 - mean) + 0.5))
        low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        return float(low), float(high)

    def _decoy_deviation(self, probes: int) -> Values:
        deviation: Values = np.sqrt(self._spread**2 + self._noise**2 / probes)
        return deviation


def _upper_tail(values: Values) -> Values:
    from scipy.special import ndtr

    tail: Values = ndtr(-values)
    return tail
