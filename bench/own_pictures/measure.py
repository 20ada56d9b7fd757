"""What the tests say of one model: of the marks that it learned, and of keys that it never saw."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.own_pictures.answers import FRESH, ModelAnswers, OfLabel
from bench.own_pictures.judge import DESIGNS, LEVEL, Judged, judge, judge_probes, score_answers
from isotopes.files import atomic_write

VERSION = 3  # goes up when the same answers are judged otherwise
TESTS = 56  # of each test on each label, of keys that no model saw
REPEATS = 10  # tests of each learned mark, with decoys and pictures of their own
NOMINAL = (0.1, 0.05, 0.01)
BESIDE = "two-stage, others' pictures, label searched"
OTHERS, ANOTHER_KEY = "other people's marks", "the same pictures by another key"

Row = dict[str, Any]


def measured(answers: ModelAnswers) -> list[Row]:
    """One row for each test and kind of innocence, and one for each mark; kept once made."""
    path = answers.folder / f"measured-{VERSION}.json"
    if not path.exists():
        rows = list(_rows(answers))
        with atomic_write(path) as part:
            part.write_text(json.dumps(rows), encoding="utf-8")
    found: list[Row] = json.loads(path.read_bytes())
    return found


def _rows(answers: ModelAnswers) -> Iterator[Row]:
    described = answers.described
    model = {
        "task": described.task,
        "network": described.setting.architecture,
        "seed": described.seed,
        "accuracy": answers.accuracy,
        "judged": VERSION,
        "family": getattr(described.isotopes[0].mark, "family", ""),
    }
    innocent: dict[tuple[str, str], list[Judged]] = {}
    for found in answers:
        saw = ANOTHER_KEY if found.marked else OTHERS
        for test, judged in _of_fresh(found, described.seed).items():
            innocent.setdefault((saw, test), []).extend(judged)
        if found.marked:
            yield {**model, "what": "mark", **_of_mark(found, described.seed)}
    for (saw, test), judged in innocent.items():
        yield {**model, "what": "innocent", "saw": saw, "test": test, **_counts(judged)}


def _of_fresh(found: OfLabel, seed: int) -> dict[str, list[Judged]]:
    """Tests of keys that no model saw, with decoys of their own."""
    rng = np.random.default_rng([seed, 10, found.label])
    fresh = np.arange(len(found.own) - FRESH, len(found.own))
    views = score_answers(found.own)
    outcomes: dict[str, list[Judged]] = {}
    for name, design in DESIGNS.items():
        marks = rng.permutation(fresh)[:TESTS]
        outcomes[name] = [
            judge(design, views, _drawn(mark, fresh, design.decoys, rng), found.label, rng)
            for mark in marks
        ]
    return outcomes


def _of_mark(found: OfLabel, seed: int) -> Row:
    """Tests of the mark that the label's pictures carried."""
    rng = np.random.default_rng([seed, 11, found.label])
    fresh = np.arange(1, len(found.own))
    views = score_answers(found.own)
    outcomes = {
        name: [
            judge(design, views, _drawn(0, fresh, design.decoys, rng), found.label, rng)
            for _ in range(REPEATS)
        ]
        for name, design in DESIGNS.items()
    }
    outcomes[BESIDE] = [judge_probes(found.probes, found.clean, found.shows)]
    return {
        "label": found.label,
        "alpha": found.alpha,
        "share": found.share,
        "pictures": found.pictures,
        "marked": found.marked,
        "label_count": found.own.shape[2],
        "found": {name: _share(judged) for name, judged in outcomes.items()},
        "queries": {
            name: float(np.median([one.queries for one in judged]))
            for name, judged in outcomes.items()
        },
    }


def _drawn(mark: int, fresh: Any, decoys: int, rng: np.random.Generator) -> Any:
    others = rng.permutation(fresh[fresh != mark])[:decoys]
    return np.append(mark, others)


def _share(judged: list[Judged]) -> float:
    return float(np.mean([one.pvalue <= LEVEL for one in judged]))


def _counts(judged: list[Judged]) -> Row:
    pvalues = np.array([one.pvalue for one in judged])
    return {
        "tests": len(judged),
        **{f"accused_{level:g}": int((pvalues <= level).sum()) for level in NOMINAL},
        "queries": dict(sorted(Counter(str(one.queries) for one in judged).items())),
    }
