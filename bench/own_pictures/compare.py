"""Which statistic finds marks behind what services do? `python -m bench.own_pictures.compare`

Judges the answers that `python -m bench.own_pictures --fill` kept, as shown by services that
soften, round, hide or add noise, and asks no model. Writes docs/results/own_statistics.json and the
page beside it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.own_pictures.answers import FRESH, OfLabel, answered, answers_of
from bench.own_pictures.compare_page import write_page
from bench.own_pictures.judge import LEVEL, STAGES, first_rank, stages_with
from bench.own_pictures.log_ratio import centred_log_ratio, shares_of_best
from bench.own_pictures.models import every_model
from bench.own_pictures.services import NOISES, SERVICES, Service
from bench.record import record
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.stats.scores.parts import standardise_columns
from isotopes.stats.scores.statistic import Values, probability
from isotopes.stats.scores.tempered import temper
from isotopes.stats.scores.weighted import weigh_labels, weighted_log_odds
from isotopes.verify.methods.two_stage import TwoStage

COMMAND = "python -m bench.own_pictures.compare"
CHOSEN_ON = (7002, 7004, 7100, 7101, 7300)  # seeds; the others are those of countermeasures_own
REPORTED = (7000, 7001, 7003, 7200, 7201)
REPEATS = 3  # tests of each mark, with decoys and pictures of their own
TESTS = 6  # on each label, of keys that no model saw

Score = Callable[[Values], NDArray[np.float64]]
Key = tuple[str, str, str, str]  # design, service, score, and what is tested
Row = dict[str, Any]


def odds(answers: Values) -> NDArray[np.float64]:
    """What the usual check ranks: one score for each draw."""
    return weighted_log_odds(probability(answers))


def tempered_odds(answers: Values) -> NDArray[np.float64]:
    """The same of answers brought to one sharpness."""
    return odds(temper(answers))


def log_ratio(answers: Values) -> NDArray[np.float64]:
    """The centred log ratio of what the model calls the pictures."""
    weighed = weigh_labels(centred_log_ratio(answers), shares_of_best(answers))
    scores: NDArray[np.float64] = weighed.mean(axis=1)
    return scores


def both(answers: Values) -> NDArray[np.float64]:
    """Log-odds and log ratio, each in its standard deviations over all draws."""
    parts = np.stack([odds(answers), log_ratio(answers)], axis=1)
    total: NDArray[np.float64] = standardise_columns(parts).sum(axis=1)
    return total


SCORES: Mapping[str, Score] = MappingProxyType(
    {
        "log-odds": odds,
        "centred log ratio": log_ratio,
        "log-odds + log ratio": both,
        "tempered-odds": tempered_odds,
    }
)


@dataclass(frozen=True)
class Design:
    """How much is asked, and which services and scores are tried."""

    pictures: int
    decoys: int
    services: Mapping[str, Service]
    scores: Mapping[str, Score]


DESIGNS: Mapping[str, Design] = MappingProxyType(
    {
        "usual": Design(TwoStage.own, STAGES.decoys, SERVICES, SCORES),
        "6 pictures": Design(TwoStage.own, STAGES.decoys, NOISES, {"log-odds": odds}),
        "25 pictures, 199 decoys": Design(
            TwoStage.thorough_pictures, 199, NOISES, {"log-odds": odds}
        ),
    }
)


def main() -> None:
    """Judge all kept answers."""
    wanted = [one for one in every_model() if one.seed in CHOSEN_ON + REPORTED and answered(one)]
    rows = [row for one in wanted for row in judged(one)]
    path = record("own_statistics", rows, COMMAND)
    write_page(json.loads(path.read_bytes()))


def judged(described: MarkedModel) -> Iterator[Row]:
    """One row for each design, service and score: how often marks were found, of how many."""
    tests: Counter[Key] = Counter()
    hits: Counter[Key] = Counter()
    for label in answers_of(described):
        own = label.own.astype(np.float64)
        for name, design in DESIGNS.items():
            asked = list(_tests(label, design, described.seed))
            if not asked:
                continue
            for service, change in design.services.items():
                shown = change(own, np.random.default_rng([described.seed, 14, label.label]))
                for (kind, places), (score, rule) in product(asked, design.scores.items()):
                    key = (name, service, score, kind)
                    tests[key] += 1
                    hits[key] += pvalue(shown[places], rule, design.decoys) <= LEVEL
    for key, count in tests.items():
        yield {
            "task": described.task,
            "family": getattr(described.isotopes[0].mark, "family", ""),
            "seed": described.seed,
            "use": "reported" if described.seed in REPORTED else "chosen on",
            **dict(zip(("design", "service", "statistic", "of"), key, strict=True)),
            "tests": count,
            "hits": hits[key],
        }


def pvalue(answers: Values, score: Score, decoys: int) -> float:
    """Of the two-stage test, the mark's answers first, its decoys' after them."""
    return stages_with(decoys).walk(lambda draws: first_rank(score(answers[:draws])))[0]


def _tests(label: OfLabel, design: Design, seed: int) -> Iterator[tuple[str, Any]]:
    """What is tested, and the places of draws and pictures; innocent keys of the usual design."""
    rng = np.random.default_rng([seed, 13, label.label, design.pictures])
    there = label.own.shape[1]
    fresh = np.arange(len(label.own) - FRESH, len(label.own))

    def pictures() -> NDArray[np.intp]:
        return np.asarray(rng.permutation(there)[: min(design.pictures, there)])

    usual = design is DESIGNS["usual"]
    for _ in range(REPEATS if label.marked and (usual or seed in REPORTED) else 0):
        draws = np.append(0, rng.permutation(fresh)[: design.decoys])
        yield "mark", np.ix_(draws, pictures())
    for _ in range(TESTS if usual else 0):
        yield "innocent", np.ix_(rng.permutation(fresh)[: 1 + design.decoys], pictures())


if __name__ == "__main__":
    main()
