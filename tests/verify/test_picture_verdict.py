from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from verdict_files import digest

from isotopes.errors import FolderError, PlanError, TooFewDecoys
from isotopes.marks import get_family
from isotopes.verify import Outcome
from isotopes.verify.evidence.picture_scores import PictureScores, load_scores, save_scores
from isotopes.verify.evidence.remark import RemarkKind
from isotopes.verify.matching.matched_filter import matched_filter
from isotopes.verify.matching.small import pattern
from isotopes.verify.matching.views import group_columns
from isotopes.verify.plans.pictures import PicturePlan
from isotopes.verify.verdicts.pictures import (
    PictureVerdict,
    best_scores,
    decide_pictures,
    over_looks,
)

COLUMNS = ("the whole mark", "the mark moved")


def plan(**changes: Any) -> PicturePlan:
    terms: dict[str, Any] = {
        "isotope": "holiday",
        "commitment": digest(1),
        "beacon": None,
        "family": "gratings",
        "family_version": 1,
        "exchangeable": True,
        "assume_exchangeable": False,
        "decoys": 199,
        "first": 19,
        "go_on": 0.2,
        "level": 0.01,
        "pictures": (digest(2), digest(3)),
        "groups": (None, "cats"),
        "repeated": 0,
        "unreadable": 0,
        "like_published": 0,
        "target": "generated",
    }
    return PicturePlan(**{**terms, **changes})


def scores(rows: int, lift: float = 0.0, seed: int = 0) -> PictureScores:
    values = np.random.default_rng(seed).uniform(-0.1, 0.1, (rows, len(COLUMNS)))
    values[0, 1] += lift
    return PictureScores(COLUMNS, values)


def test_a_mark_above_all_decoys_is_detected_and_the_view_is_named() -> None:
    verdict = decide_pictures(plan(), scores(200, lift=0.8))
    assert (verdict.verdict, verdict.pvalue) == (Outcome.DETECTED, 1 / 200)
    assert verdict.found == "the mark moved"


def test_an_unremarkable_mark_ends_after_the_first_stage() -> None:
    verdict = decide_pictures(plan(), scores(20, lift=-0.1))
    assert verdict.verdict is Outcome.NOT_DETECTED
    assert len(verdict.decoy_scores) == 19
    assert verdict.pvalue is not None
    assert verdict.pvalue > 0.2


def test_a_first_stage_that_goes_on_is_no_result() -> None:
    with pytest.raises(PlanError, match="goes on"):
        decide_pictures(plan(), scores(20, lift=0.8))


def test_plain_pictures_are_inconclusive() -> None:
    verdict = decide_pictures(plan(), PictureScores(COLUMNS, np.zeros((20, 2))))
    assert verdict.verdict is Outcome.INCONCLUSIVE
    assert [reason.kind for reason in verdict.reasons] == [RemarkKind.PICTURES_PLAIN]


def test_a_picked_mark_accuses_only_where_that_is_assumed() -> None:
    picked = decide_pictures(plan(exchangeable=False), scores(200, lift=0.8))
    assert picked.verdict is Outcome.INCONCLUSIVE
    assert [reason.kind for reason in picked.reasons] == [RemarkKind.MARK_PICKED]
    assumed = plan(exchangeable=False, assume_exchangeable=True)
    verdict = decide_pictures(assumed, scores(200, lift=0.8))
    assert verdict.verdict is Outcome.DETECTED
    assert [one.kind for one in verdict.warnings] == [RemarkKind.EXCHANGEABILITY_ASSUMED]


def test_pictures_like_published_ones_bring_a_warning() -> None:
    verdict = decide_pictures(plan(like_published=2), scores(20, lift=-0.1))
    assert [(one.kind, one.values) for one in verdict.warnings] == [
        (RemarkKind.PICTURES_LIKE_PUBLISHED, {"pictures": 2})
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pvalue": 0.0005}, "a p-value of 0.005 follows"),
        ({"verdict": "not detected"}, "it is detected, not not detected"),
        ({"level": 0.001}, "needs at least 999 decoys"),
        ({"score": -9.0}, "p-value of 1 follows"),
        ({"score": None}, "no score, but an outcome"),
        ({"decoy_scores": []}, "a stage has 19 or 199 decoys, got 0"),
        ({"exchangeable": False}, "it is inconclusive, not detected"),
        ({"decoys": 99}, "a stage has 19 or 99 decoys, got 199"),
    ],
)
def test_a_verdict_that_contradicts_itself_is_refused(changes: dict[str, Any], said: str) -> None:
    told = json.loads(json.dumps(decide_pictures(plan(), scores(200, lift=0.8)).to_dict()))
    assert PictureVerdict.from_dict(told).to_dict() == told
    with pytest.raises((PlanError, TooFewDecoys), match=said):
        PictureVerdict.from_dict({**told, **changes})


def test_scores_survive_their_file_and_give_the_same_verdict(tmp_path: Path) -> None:
    path = tmp_path / "kept.npz"
    save_scores(path, plan(), scores(200, lift=0.8))
    kept_plan, kept = load_scores(path)
    assert kept_plan == plan()
    again = decide_pictures(kept_plan, kept)
    assert again.to_dict() == decide_pictures(plan(), scores(200, lift=0.8)).to_dict()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.zeros((21, 2)), "scores of 20 or 200 draws"),
        (np.zeros((20, 3)), "scores of 20 or 200 draws"),
        (np.zeros((20, 2), np.float32), "scores of 20 or 200 draws"),
        (np.full((20, 2), 1.5), r"in \[-1, 1\]"),
        (np.full((20, 2), np.nan), r"in \[-1, 1\]"),
    ],
)
def test_scores_that_no_check_keeps_are_refused(
    values: NDArray[np.float64], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "kept.npz"
    save_scores(path, plan(), PictureScores(COLUMNS, values))
    with pytest.raises(FolderError, match=said):
        load_scores(path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pictures": ()}, "each but once, got 0"),
        ({"pictures": (digest(2), digest(2))}, "got 2 of which 1 differ"),
        ({"groups": (None,)}, "each of 2 pictures must have a group"),
        ({"decoys": 98}, "needs at least 99 decoys"),
        ({"level": 0.0}, "above 0 and below 1"),
        ({"score": "another"}, "the score must be"),
    ],
)
def test_plans_that_can_give_no_answer_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises((PlanError, TooFewDecoys), match=said):
        plan(**changes)


def test_innocent_pictures_are_accused_no_more_often_than_the_level_says() -> None:
    """5,000 times 1,000 of 3,000 draws in random order, through both stages, at 0.01 and 0.001.

    The scores are those of real draws in pictures that carry somebody else's mark, ties and all.
    That the filter treats the first row as any other is tested beside the filter.
    """
    family, rng = get_family("pixel_square"), np.random.default_rng(0)
    theirs = pattern(family.draw(b"theirs".ljust(32), 0)) * 40
    pictures = rng.normal(128, 30, (12, 1, 1, 3)) + rng.normal(0, 20, (12, 64, 64, 3)) + theirs
    matched = matched_filter(np.clip(pictures, 0, 255).astype(np.uint8), ["a", "b"] * 6)
    pool = matched.scores(family.draw(bytes(32), at) for at in range(3000))
    terms = plan(decoys=999, first=199, level=0.001)
    found = []
    for _ in range(5000):
        rows = pool[rng.choice(len(pool), 1000, replace=False)]
        first = best_scores(terms, PictureScores(matched.columns, rows[:200]))
        assert first is not None
        pvalue = first.pvalue
        if terms.stages.goes_on(pvalue):
            second = decide_pictures(terms, PictureScores(matched.columns, rows))
            assert second.pvalue is not None
            pvalue = second.pvalue
        found.append(pvalue)
    for level in (0.01, 0.001):
        rate = np.mean(np.array(found) <= level)
        assert rate <= level + 3 * np.sqrt(level * (1 - level) / 5000), (level, rate)
    assert replace(terms, level=0.01).hash != terms.hash


def test_looks_at_a_growing_pile_accuse_no_more_often_than_the_level_says() -> None:
    """Stopping at the first look that detects, of 5,000 innocent generators."""
    rng, level, looks, runs = np.random.default_rng(4), 0.06, 3, 5000
    sums = rng.normal(size=(runs, looks, 100)).cumsum(axis=1)  # each look has all earlier pictures
    ranks = 1 + (sums[:, :, 1:] >= sums[:, :, :1]).sum(axis=2)
    least = [over_looks(pvalue, looks) for pvalue in (ranks / 100).min(axis=1).tolist()]
    accused = np.mean(np.array(least) <= level)
    assert accused <= level + 3 * np.sqrt(level * (1 - level) / runs)
    assert accused > level / looks  # one look alone would have so many


def test_all_groups_are_read_at_once_without_more_false_alarms() -> None:
    rng, runs, level = np.random.default_rng(5), 400, 0.1
    grouped = plan(groups=("a", "b"), decoys=19, first=19, level=0.05)
    columns = ("the whole mark", *group_columns("a"), *group_columns("b"))
    least = []
    for _ in range(runs):
        values = rng.uniform(-0.1, 0.1, (20, len(columns)))
        verdict = decide_pictures(grouped, PictureScores(columns, values))
        assert [match.group for match in verdict.by_group] == ["a", "b"]
        least.append(min(match.pvalue for match in verdict.by_group))
    assert np.mean(np.array(least) <= level) <= level + 3 * np.sqrt(level * (1 - level) / runs)
    told = PictureScores(columns, np.vstack([np.eye(5)[3] * 0.8, values[1:]]))
    a, b = decide_pictures(grouped, told).by_group
    assert (b.pvalue, b.pictures) == (1 / 20, 1)
    assert a.pvalue > 1 / 20
