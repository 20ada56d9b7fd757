"""From outcomes of many models to the table: rates with intervals, power, cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.calibration.measure import Measured
from isotopes.stats.rates import observed_rate, roc

NOMINAL = (0.1, 0.05, 0.01, 0.001)
WANTED_RATE = 0.01  # that power is compared at
BOOTSTRAP = 2000

Row = dict[str, object]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Bank:
    """Outcomes of all models, by what they saw."""

    clean: Sequence[Measured]
    others: Sequence[Measured]
    guilty: Sequence[Measured]
    choice: Sequence[Measured] = ()

    @property
    def nulls(self) -> Mapping[str, Sequence[Measured]]:
        """By kind of innocence."""
        return {"no marks": self.clean, "other people's marks": self.others}


def calibration_rows(bank: Bank) -> Iterator[Row]:
    """One for each method, kind of null and nominal level."""
    for method in bank.clean[0].pvalues:
        power = _power_of(method, bank)
        for kind, models in bank.nulls.items():
            pvalues = [np.array(one.pvalues[method]) for one in models]
            queries = np.concatenate([one.queries[method] for one in models])
            for nominal in NOMINAL:
                yield {
                    "method": method,
                    "null_kind": kind,
                    "nominal": nominal,
                    **_false_positives(pvalues, nominal),
                    **power(nominal, pvalues),
                    "queries_median_innocent": float(np.median(queries)),
                    "queries_p95_innocent": float(np.quantile(queries, 0.95)),
                }


def _false_positives(pvalues: Sequence[Values], nominal: float) -> Row:
    hits = [int((found <= nominal).sum()) for found in pvalues]
    rate = observed_rate(sum(hits), sum(map(len, pvalues)))
    low, high = over_models([found <= nominal for found in pvalues])
    return {
        "tests": rate.trials,
        "false_positives": rate.successes,
        "rate": round(rate.rate, 5),
        "low": round(rate.low, 5),
        "high": round(rate.high, 5),
        "low_over_models": low,
        "high_over_models": high,
        "holds": rate.at_most(nominal),
    }


class _Power:
    """What a method finds in guilty models, and at what cost."""

    def __init__(self, method: str, bank: Bank) -> None:
        self._guilty = [np.array(one.pvalues[method]) for one in bank.guilty]
        self._choice = [np.array(one.pvalues[method]) for one in bank.choice]
        self._queries = np.concatenate([one.queries[method] for one in bank.guilty])

    def __call__(self, nominal: float, innocent: Sequence[Values]) -> Row:
        """At a level, and at the threshold that keeps the wanted rate on these innocent models."""
        low, high = over_models([found <= nominal for found in self._guilty])
        guilty = np.concatenate(self._guilty)
        choice = np.concatenate([found <= nominal for found in self._choice or self._guilty])
        afterwards = roc(-np.concatenate(innocent), -guilty).power_at(WANTED_RATE)
        return {
            "power": round(float((guilty <= nominal).mean()), 4),
            "power_low": low,
            "power_high": high,
            "power_choice_seeds": round(float(choice.mean()), 4) if self._choice else None,
            f"power_at_observed_{WANTED_RATE:g}": round(afterwards.rate, 4),
            "guilty_tests": len(guilty),
            "queries_median_guilty": float(np.median(self._queries)),
            "queries_p95_guilty": float(np.quantile(self._queries, 0.95)),
        }


def _power_of(method: str, bank: Bank) -> _Power | _NoPower:
    return _Power(method, bank) if method in bank.guilty[0].pvalues else _NoPower()


class _NoPower:
    """Of what was only tried on innocent models."""

    def __call__(self, nominal: float, innocent: Sequence[Values]) -> Row:
        return {}


def over_models(hits: Sequence[NDArray[np.bool_]]) -> tuple[float, float]:
    """95 % interval of a rate where models were drawn at random: bootstrap over them."""
    counts = np.array([found.sum() for found in hits])
    sizes = np.array([len(found) for found in hits])
    drawn = np.random.default_rng(0).integers(len(hits), size=(BOOTSTRAP, len(hits)))
    rates = counts[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(rates, [0.025, 0.975])
    return round(float(low), 5), round(float(high), 5)
