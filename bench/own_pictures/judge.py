"""The tests that a check of own pictures may be, on kept answers: arrays in, p-values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.exact.rank import rank_test, rank_test_over_labels
from isotopes.stats.exact.two_stage import TwoStagePlan
from isotopes.stats.scores.statistic import (
    Values,
    allowed_probes,
    log_odds,
    mean_scores,
    probability,
)
from isotopes.stats.scores.weighted import weighted_log_odds
from isotopes.verify.methods.rank import Rank
from isotopes.verify.methods.two_stage import TwoStage

LEVEL = 0.01
DECOYS = 199
STAGES = TwoStagePlan(
    int(TwoStage.settings["first"]), round(1 / LEVEL) - 1, TwoStage.settings["go_on"], LEVEL
)
Shown = Literal["scores", "top-5", "top-1"]


@dataclass(frozen=True)
class Design:
    """A test of own pictures.

    Attributes:
        shown: of the model's answers: all scores, the five best labels' or the best label alone.
        pictures: how many own pictures are asked, if there are as many.
        two_stage: ends after a few decoys where the mark doesn't lead them.
        decoys: asked in all.
        named: the label is known; otherwise labels are weighed.
    """

    shown: Shown = "scores"
    pictures: int = TwoStage.own
    two_stage: bool = True
    decoys: int = STAGES.decoys
    named: bool = False


DESIGNS: Mapping[str, Design] = MappingProxyType(
    {
        "two-stage": Design(),
        "two-stage, top 5": Design("top-5"),
        "two-stage, top 1": Design("top-1"),
        "two-stage, label named": Design(named=True),
        "two-stage --thorough": Design(pictures=TwoStage.thorough_pictures, decoys=DECOYS),
        "rank": Design(pictures=Rank.own, two_stage=False, decoys=DECOYS),
        "rank, top 5": Design("top-5", Rank.own, False, DECOYS),
        "rank, top 1": Design("top-1", Rank.own, False, DECOYS),
        "rank, label named": Design("scores", Rank.own, False, DECOYS, named=True),
    }
)


@dataclass(frozen=True)
class Judged:
    """What came of one test: its p-value, and the queries until then."""

    pvalue: float
    queries: int


@dataclass(frozen=True, eq=False)
class Scored:
    """One view of the answers about own pictures.

    Attributes:
        odds: log-odds, float64, shape (draws, pictures, labels).
        chances: probabilities, of the same shape.
    """

    odds: Values
    chances: Values


def score_answers(answers: NDArray[np.float32]) -> dict[Shown, Scored]:
    """The answers as a model gives them that shows all scores, five or one."""
    every = answers.astype(np.float64)
    ranked = np.argsort(-every, axis=-1, kind="stable")
    best = np.full(every.shape, np.nan)
    np.put_along_axis(best, ranked[..., :1], 1.0, axis=-1)
    five = np.full(every.shape, np.nan)
    top = ranked[..., :5]
    np.put_along_axis(five, top, np.take_along_axis(every, top, axis=-1), axis=-1)
    views: dict[Shown, Values] = {"scores": every, "top-5": five, "top-1": best}
    return {shown: Scored(log_odds(view), probability(view)) for shown, view in views.items()}


def judge(
    design: Design,
    views: Mapping[Shown, Scored],
    draws: NDArray[np.intp],
    label: int,
    rng: np.random.Generator,
) -> Judged:
    """The test of one mark.

    Args:
        draws: places of the mark and then of its decoys, as many as the design takes.
        label: the one that a design with a named label tests.
        rng: draws the pictures.
    """
    view = views[design.shown]
    there = view.odds.shape[1]
    pictures = rng.permutation(there)[: min(design.pictures, there)]

    def pvalue_of(count: int) -> float:
        return _pvalue(view, draws[:count], pictures, label if design.named else None)

    if design.two_stage:
        pvalue, asked = stages_with(design.decoys).walk(pvalue_of)
    else:
        pvalue, asked = pvalue_of(len(draws)), len(draws)
    return Judged(pvalue, asked * len(pictures))


def judge_probes(
    answers: NDArray[np.float32], clean: NDArray[np.float32], shows: NDArray[np.int64]
) -> Judged:
    """The two-stage test on others' pictures alone, all labels searched.

    Args:
        answers: shape (1 + decoys, probes, labels), the mark first.
        clean: the same unmarked, shape (probes, labels).
        shows: the probes' labels.
    """
    names = [str(label) for label in range(clean.shape[1])]
    allowed = allowed_probes(clean.astype(np.float64), names, [names[label] for label in shows])
    enough = allowed.sum(axis=0) >= TwoStage.fewest
    means = mean_scores(log_odds(answers.astype(np.float64)), allowed)[:, enough]
    pvalue, asked = STAGES.walk(lambda draws: rank_test_over_labels(means[:draws], level=1).pvalue)
    return Judged(pvalue, (1 + asked) * len(clean))


def stages_with(decoys: int) -> TwoStagePlan:
    """The usual check's stages, with so many decoys in all."""
    return replace(STAGES, decoys=decoys)


def first_rank(scores: Values) -> float:
    """The p-value of the first draw's rank among all, shape (draws,)."""
    return rank_test(scores[0], scores[1:], level=1).pvalue


def _pvalue(
    view: Scored, draws: NDArray[np.intp], pictures: NDArray[np.intp], label: int | None
) -> float:
    """The mark's rank: as `isotopes.verify.methods.ranking` has it, of arrays."""
    places = np.ix_(draws, pictures)
    if label is not None:
        return first_rank(view.odds[places].mean(axis=1)[:, label])
    return first_rank(weighted_log_odds(view.chances[places]))
