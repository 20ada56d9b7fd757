"""Telling marks apart where only the K best labels are shown: `python -m bench.calibration.pairs`

V_D as published (sections 5.3 and 8.4, figure 18) beside our test of claims, on the paper's
ResNet-18 trained with its recipe on CIFAR-100: 25 labels carry a mark. Three kinds of pairs: both
marks published for the labels that are claimed; one of them never published; both never published.
Wants a GPU; what one measured is kept and can be carried elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.calibration.designs import DELTA, ROUNDS, SIZE
from bench.calibration.kept import kept
from bench.calibration.models import probes_of
from bench.calibration.rows import Row
from bench.calibration.sample import Asked
from bench.record import record
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.answers import ask_marks
from isotopes.lab.models.mark_spec import drawn, key_of
from isotopes.lab.models.marked_model import IsotopeSpec, MarkedModel
from isotopes.lab.tasks import TaskSetting
from isotopes.lab.tasks.task import task_digest
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.training import Model
from isotopes.stats.many.attribution import check_claims
from isotopes.stats.paper.distinguish import distinguish
from isotopes.stats.paper.paired_t import draw_samples
from isotopes.stats.scores.statistic import Values, mean_scores, top_rank

VERSION = 1
SEEDS = {"imagenet_blend": 7000, "gratings": 7001}
LABELS, MARKED, ALPHA, SHARE_MARKED, LEVEL = 100, 25, 0.4, 0.1, 0.1
# The paper's, as its released code has it: no picture is turned or cut.
RECIPE = Recipe(
    epochs=72, batch=512, learning_rate=0.5, warmup=5, smoothing=0.1, shift=2, flip=True
)
BEST = (2, 5, 10, 15, 20, 25, 50, LABELS)  # K; the last shows all
DECOYS, FEW, MANY = 99, 250, 1300
KINDS = ("both published", "one never published", "both never published")


def pair_models() -> list[MarkedModel]:
    """One for each family."""
    setting = TaskSetting(None, None, (32, 32), "resnet18", RECIPE)
    return [_model(family, setting, seed) for family, seed in SEEDS.items()]


def measured(described: MarkedModel) -> list[Row]:
    """A row for each K and kind of pairs."""
    rows: list[Row] = kept("pairs", described, VERSION, partial(_measure, described))
    return rows


def main() -> None:
    rows = [row for one in pair_models() for row in measured(one)]
    record("pairs", rows, "python -m bench.calibration.pairs")


def _model(family: str, setting: TaskSetting, seed: int) -> MarkedModel:
    labels = np.random.default_rng([seed, 4]).permutation(LABELS)[:MARKED]
    key = key_of("pairs", seed)
    isotopes = tuple(
        IsotopeSpec(int(label), drawn(family, key, place), ALPHA, SHARE_MARKED)
        for place, label in enumerate(labels)
    )
    return MarkedModel("cifar100", task_digest("cifar100"), setting, seed, isotopes)


def _measure(described: MarkedModel, model: Model) -> list[Row]:
    probes = probes_of(described, 20)
    marks = [one.mark for one in described.isotopes]
    # The first decoys play marks that were claimed and never published; the others are decoys.
    spare = [marks[0].decoy(index) for index in range(MARKED + DECOYS)]
    many = _ask(model, probes, [*marks, *spare[:MARKED]], MANY)
    few = _ask(model, probes, [*marks, *spare], FEW)
    accuracy = model.accuracy(probes)
    return [
        {"family": getattr(marks[0], "family", ""), "accuracy": round(accuracy, 4), **row}
        for best in BEST
        for row in _rows(described, few, many, best)
    ]


def _rows(described: MarkedModel, few: Asked, many: Asked, best: int) -> Iterator[Row]:
    published = np.array([one.label for one in described.isotopes])
    claimed = np.concatenate([published, np.random.default_rng(0).permutation(published)])
    v_d = _v_d(_shown(many, best), many.folders, claimed)
    scores = few.scores["log-odds"] if best == LABELS else _shown(few, best)
    means = mean_scores(scores, few.allowed)
    marks, decoys = means[: 2 * MARKED], means[2 * MARKED :]
    claims = check_claims(marks[:MARKED], decoys, published, level=LEVEL)
    both = check_claims(marks, decoys, claimed, level=LEVEL)
    ours = both.told_apart
    ours[:MARKED, :MARKED] = claims.told_apart
    for kind, pairs in _kinds(claimed).items():
        first, second = np.array(pairs).T
        yield {
            "best": best,
            "pairs_are": kind,
            "pairs": len(pairs),
            "v_d": round(float(v_d[first, second].mean()), 4),
            "ours": round(float(ours[first, second].mean()), 4),
        }


def _kinds(claimed: NDArray[np.int64]) -> dict[str, list[tuple[int, int]]]:
    """Pairs claimed for different labels, by how many of the two were published."""
    found: dict[str, list[tuple[int, int]]] = {kind: [] for kind in KINDS}
    for first, second in combinations(range(2 * MARKED), 2):
        if claimed[first] != claimed[second]:
            found[KINDS[(first >= MARKED) + (second >= MARKED)]].append((first, second))
    return found


def _v_d(
    scores: Values, folders: NDArray[np.int64], claimed: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which pairs V_D tells apart, shape (marks, marks), above the diagonal."""
    found = np.zeros((len(claimed), len(claimed)), np.bool_)
    for first, second in combinations(range(len(claimed)), 2):
        labels = claimed[[first, second]]
        neither = np.flatnonzero(~np.isin(folders, labels))
        pair = scores[np.ix_(np.array([first, second]), neither, labels)].transpose(0, 2, 1)
        samples = _samples(len(neither))
        found[first, second] = distinguish(pair, samples, level=LEVEL, delta=DELTA).distinguished
    return found


@cache
def _samples(pictures: int) -> NDArray[np.int64]:
    return draw_samples(bytes(32), pictures, SIZE, ROUNDS)


def _shown(asked: Asked, best: int) -> Values:
    """Probabilities where all labels are shown, as in section 5.3; else minus ranks (8.4)."""
    return asked.values if best == LABELS else top_rank(asked.values, best)


def _ask(model: Model, probes: Pictures, marks: list[Any], count: int) -> Asked:
    some = Pictures(probes.pixels[:count], probes.labels[:count], probes.names)
    return Asked.of(ask_marks(model.predict, some, marks, ALPHA))


if __name__ == "__main__":
    main()
