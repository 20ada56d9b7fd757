"""Families side by side at equal visibility, on guilty and on innocent models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from bench.calibration.designs import EXACT, LEVEL
from bench.calibration.kept import kept
from bench.calibration.models import (
    FAMILIES,
    LEVELS,
    alpha_at,
    clean_models,
    family_models,
    probes_of,
    psnr_at,
)
from bench.calibration.rows import Row, over_models
from bench.calibration.sample import Asked
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.answers import ask_marks
from isotopes.lab.models.mark_spec import Drawn, drawn, key_of, with_decoys
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.train.training import Model
from isotopes.stats.rates import observed_rate

VERSION = 1
DESIGNS = {
    "named": EXACT["rank, log-odds, label named, M = 199"],
    "searched": EXACT["rank, log-odds, label searched, M = 199"],
}
DECOYS, PROBES, REPEATS, TESTS = 240, 80, 10, 100
INNOCENT_LEVEL = LEVELS[0]
PValues = dict[str, dict[str, list[list[float]]]]  # by family and design, of each mark


def learned(described: MarkedModel) -> PValues:
    """What the exact tests say of the marks of all families that one model saw."""
    return _as_read(kept("families", described, VERSION, partial(_learned, described)))


def unused(described: MarkedModel) -> PValues:
    """What they say of marks that it never saw."""
    return _as_read(kept("families unused", described, VERSION, partial(_unused, described)))


def innocents() -> list[MarkedModel]:
    """The models without marks on what the families' models were trained on."""
    return [
        one
        for one in clean_models()
        if (one.task, one.setting.architecture) == ("cifar100", "compact")
    ]


def family_rows() -> Iterator[Row]:
    """One for each family and visibility, and how the test is decided."""
    clean = [unused(one) for one in innocents()]
    for level in LEVELS:
        guilty = [learned(one) for one in family_models(level)]
        for family in FAMILIES:
            alpha = alpha_at(family, level)
            for design in DESIGNS:
                yield {
                    "family": family,
                    "psnr_wanted": level,
                    "psnr": round(psnr_at(family, alpha), 1),
                    "alpha": alpha,
                    "label": design,
                    **_power([found[family][design] for found in guilty]),
                    **(_errors([found[family][design] for found in clean], level)),
                }


def _power(models: Sequence[list[list[float]]]) -> Row:
    hits = [np.concatenate(marks) <= LEVEL for marks in models]
    low, high = over_models(hits)
    return {
        "marks": sum(map(len, models)),
        "power": round(float(np.concatenate(hits).mean()), 3),
        "power_low": low,
        "power_high": high,
    }


def _errors(models: Sequence[list[list[float]]], level: float) -> Row:
    if level != INNOCENT_LEVEL:
        return {}
    pvalues = np.concatenate([np.concatenate(marks) for marks in models])
    rate = observed_rate(int((pvalues <= LEVEL).sum()), len(pvalues))
    return {"tests": rate.trials, "false_positives": rate.successes, "high": round(rate.high, 4)}


def _learned(described: MarkedModel, model: Model) -> PValues:
    rng = np.random.default_rng([described.seed, 8])
    found: PValues = {family: {name: [] for name in DESIGNS} for family in FAMILIES}
    for isotope in described.isotopes:
        spec = isotope.mark
        assert isinstance(spec, Drawn)
        asked = _ask(described, model, spec, isotope.alpha)
        for name, design in DESIGNS.items():
            others = np.arange(1, 1 + DECOYS)
            found[spec.family][name].append(
                [
                    design.judge(design.draw.sample(asked, 0, others, isotope.label, rng)).pvalue
                    for _ in range(REPEATS)
                ]
            )
    return found


def _unused(described: MarkedModel, model: Model) -> PValues:
    rng = np.random.default_rng([described.seed, 9])
    found: PValues = {family: {name: [] for name in DESIGNS} for family in FAMILIES}
    for family in FAMILIES:
        spec = drawn(family, key_of("families/unused", described.seed, family), 0)
        asked = _ask(described, model, spec, alpha_at(family, INNOCENT_LEVEL))
        for name, design in DESIGNS.items():
            for test in range(TESTS):
                others = np.delete(np.arange(1 + DECOYS), test)
                label = int(rng.integers(asked.values.shape[2]))
                sample = design.draw.sample(asked, test, others, label, rng)
                found[family][name].append([design.judge(sample).pvalue])
    return found


def _ask(described: MarkedModel, model: Model, spec: Drawn, alpha: float) -> Asked:
    probes = probes_of(described, 10)
    some = Pictures(probes.pixels[:PROBES], probes.labels[:PROBES], probes.names)
    marks = with_decoys(spec, DECOYS)
    return Asked.of(ask_marks(model.predict, some, marks, alpha))


def _as_read(found: Any) -> PValues:
    read: PValues = found
    return read
