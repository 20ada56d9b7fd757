"""All tests on one model: what they say of marks that it saw, or of marks that nobody used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from bench.calibration.designs import ALTERNATIVES, EXACT, OF_MANY, PUBLISHED, Design
from bench.calibration.kept import kept
from bench.calibration.models import ALPHA, FAMILY, probes_of
from bench.calibration.sample import Asked
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.answers import ask_marks
from isotopes.lab.models.mark_spec import MarkSpec, drawn, key_of, with_decoys
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.train.training import Model

VERSION = 1  # goes up when the same model is asked or judged otherwise
TESTS = 420  # of each exact method and of V on an innocent model, each of another mark
FEWER = 105  # of the alternatives
REPEATS = 10  # tests of each mark that a model saw, each with decoys and probes of its own
MANY_MARKS, FEW_PROBES = 1100, 80
GUILTY_MARKS = 400

# Its name, design, answers, the mark's place, those of its decoys, and the label.
Test = tuple[str, Design, Asked, int, NDArray[np.int64], int]
FEW_MARKS, MANY_PROBES = 42, 1340  # for V: decoys play the external marks


@dataclass(frozen=True)
class Measured:
    """The outcomes of one model: of each method, one p-value and one cost for each test."""

    pvalues: dict[str, list[float]]
    queries: dict[str, list[int]]


def measure_guilty(described: MarkedModel) -> Measured:
    """What all tests say of the marks that the model was trained with."""
    found = kept("guilty", described, VERSION, lambda model: asdict(_of_guilty(described, model)))
    return Measured(**found)


def measure_innocent(described: MarkedModel) -> Measured:
    """What all tests say of marks that the model never saw, on random labels."""
    found = kept(
        "innocent", described, VERSION, lambda model: asdict(_of_innocent(described, model))
    )
    return Measured(**found)


def _of_innocent(described: MarkedModel, model: Model) -> Measured:
    rng = np.random.default_rng([described.seed, 6])
    root = drawn(FAMILY, key_of("calibration/fresh", described.seed, described.task), 0)
    marks = [root.decoy(index) for index in range(MANY_MARKS)]
    few, many = _ask(described, model, marks, marks[:FEW_MARKS])
    labels = rng.integers(few.values.shape[2], size=TESTS)
    places = np.arange(MANY_MARKS)
    tests: list[Test] = []
    for name, design in {**EXACT, **OF_MANY, **ALTERNATIVES}.items():
        tests += [
            (name, design, few, test, np.delete(places, test), int(labels[test]))
            for test in range(FEWER if name in ALTERNATIVES else TESTS)
        ]
    for name, design in PUBLISHED.items():
        for label in labels:
            pair = rng.choice(FEW_MARKS, 2, replace=False)
            tests.append((name, design, many, int(pair[0]), pair[1:], int(label)))
    return _judged(tests, rng)


def _of_guilty(described: MarkedModel, model: Model) -> Measured:
    rng = np.random.default_rng([described.seed, 6])
    tests: list[Test] = []
    for isotope in described.isotopes:
        marks = with_decoys(isotope.mark, GUILTY_MARKS)
        few, many = _ask(described, model, marks, marks[:FEW_MARKS])
        places = np.arange(1, 1 + GUILTY_MARKS)
        for name, design in {**EXACT, **ALTERNATIVES}.items():
            if design.draw.decoys <= GUILTY_MARKS:
                tests += [(name, design, few, 0, places, isotope.label)] * REPEATS
        for name, design in PUBLISHED.items():
            tests += [(name, design, many, 0, places[: FEW_MARKS - 1], isotope.label)] * REPEATS
    return _judged(tests, rng)


def _judged(tests: Sequence[Test], rng: np.random.Generator) -> Measured:
    pvalues: dict[str, list[float]] = {}
    queries: dict[str, list[int]] = {}
    for name, design, asked, mark, others, label in tests:
        sample = design.draw.sample(asked, mark, others, label, rng)
        outcome = design.judge(sample)
        pvalues.setdefault(name, []).append(outcome.pvalue)
        queries.setdefault(name, []).append(outcome.queries)
    return Measured(pvalues, queries)


def _ask(
    described: MarkedModel, model: Model, marks: Sequence[MarkSpec], few: Sequence[MarkSpec]
) -> tuple[Asked, Asked]:
    """All marks on few probes, and few of them on many."""
    probes = probes_of(described, 100)
    return (
        Asked.of(ask_marks(model.predict, _first(probes, FEW_PROBES), marks, ALPHA)),
        Asked.of(ask_marks(model.predict, _first(probes, MANY_PROBES), few, ALPHA)),
    )


def _first(pictures: Pictures, count: int) -> Pictures:
    return Pictures(pictures.pixels[:count], pictures.labels[:count], pictures.names)
