"""Check pictures: the plan is fixed and hashed, then the mark is compared with its decoys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isotopes.defaults import LEVEL
from isotopes.errors import TooFewDecoys
from isotopes.stats.exact.two_stage import TwoStagePlan
from isotopes.targets import Picture
from isotopes.vault import FileEntry, Isotope
from isotopes.verify.evidence.picture_scores import PictureScores, save_scores
from isotopes.verify.matching.matched_filter import matched_filter
from isotopes.verify.plans.pictures import FIRST, GO_ON, PicturePlan
from isotopes.verify.verdicts.pictures import PictureVerdict, best_scores, decide_pictures
from isotopes.workflows.picture_checking.drawing import Progress, score_draws
from isotopes.workflows.picture_checking.generated import Generated, read_generated


@dataclass(frozen=True)
class PictureLook:
    """One of several looks at what a generator makes.

    Attributes:
        number, most: which, from 1 on, and how many there are at most.
        asked: ``sha256:...`` of what the generator is asked for.
    """

    number: int = 1
    most: int = 1
    asked: str | None = None


@dataclass(frozen=True)
class PictureTerms:
    """How to test, where it is not to be as committed.

    Attributes:
        level: the most that the chance of accusing an innocent generator may be; the committed one
            unless given.
        decoys: how many to compare with; all committed ones unless given.
        assume_exchangeable: take a mark that somebody picked as if its key had drawn it.
        look: which of several looks this is; the only one, at a folder, by default.
    """

    level: float | None = None
    decoys: int | None = None
    assume_exchangeable: bool = False
    look: PictureLook = PictureLook()


def check_generated(
    isotope: Isotope,
    pictures: Sequence[tuple[str, Picture]],
    called: str,
    terms: PictureTerms | None = None,
    *,
    published: Collection[FileEntry] = (),
    announce: Callable[[PicturePlan], None] | None = None,
    progress: Progress | None = None,
    scores_path: Path | None = None,
) -> PictureVerdict:
    """Is this isotope's mark in pictures that a generator made? No model is asked.

    Args:
        pictures: as `read_generated`; sub-folders in their names are groups, such as prompts. What
            was asked for, and which pictures were kept, must not depend on the key.
        called: what to call the pictures in the verdict.
        published: the owner's own published pictures: some that look like them bring a warning.
        announce: called with the plan before the mark is compared.
        progress: called with draws compared and draws in all.
        scores_path: where plan and scores are kept.

    Raises:
        PlanError: no picture, published ones among them, or a test that can't give an answer.
        TooFewDecoys: no outcome could reach the level, or more decoys than were committed.
        FolderError: the scores can't be written.
        MarkError: the mark or its decoys can't be drawn.
    """
    found = read_generated(pictures)
    plan = _plan(isotope, found, called, terms or PictureTerms(), published)
    if announce is not None:
        announce(plan)
    matched = matched_filter(np.stack(found.smalls), found.groups)
    family, draws = isotope.draw_family(), 1 + plan.first
    values = score_draws(family, isotope.key, draws, matched, progress=progress)
    scores = PictureScores(matched.columns, values)
    if _goes_on(plan, scores):
        draws = 1 + plan.decoys
        values = score_draws(family, isotope.key, draws, matched, progress=progress)
        scores = PictureScores(matched.columns, values)
    if scores_path is not None:
        save_scores(scores_path, plan, scores)
    return decide_pictures(plan, scores)


def check_terms(isotope: Isotope, terms: PictureTerms) -> None:
    """Could a test by these terms ever give an answer? To be known before pictures are paid for.

    Raises:
        TooFewDecoys: no outcome could reach the level, or more decoys than were committed.
        PlanError: a level that is none.
        MarkError: the mark or its decoys can't be drawn.
    """
    decoys, level = _decoys(isotope, terms), _level(isotope, terms)
    TwoStagePlan(min(FIRST, decoys), decoys, GO_ON, level / terms.look.most)
    isotope.draw_family().draw(isotope.key, decoys)


def _decoys(isotope: Isotope, terms: PictureTerms) -> int:
    decoys = isotope.picture_decoys if terms.decoys is None else terms.decoys
    if decoys > isotope.picture_decoys:
        raise TooFewDecoys(
            f"isotope {isotope.name} was committed with {isotope.picture_decoys} decoys for"
            f" pictures, and this test takes {decoys}",
            hint="a decoy that was not committed could have been chosen after seeing the pictures",
        )
    return decoys


def _level(isotope: Isotope, terms: PictureTerms) -> float:
    return float(isotope.plan.get("level", LEVEL) if terms.level is None else terms.level)


def _goes_on(plan: PicturePlan, scores: PictureScores) -> bool:
    """Does the second stage follow?"""
    found = best_scores(plan, scores)
    return found is not None and plan.stages.goes_on(found.pvalue)


def _plan(
    isotope: Isotope,
    found: Generated,
    called: str,
    terms: PictureTerms,
    published: Collection[FileEntry],
) -> PicturePlan:
    decoys = _decoys(isotope, terms)
    known = {glance for one in published if one.marked for glance in one.glances}
    return PicturePlan(
        isotope=isotope.name,
        commitment=isotope.commitment,
        beacon=isotope.beacon_in_words,
        family=isotope.family,
        family_version=isotope.family_version,
        exchangeable=isotope.draw_family().exchangeable,
        assume_exchangeable=terms.assume_exchangeable,
        decoys=decoys,
        first=min(FIRST, decoys),
        go_on=GO_ON,
        level=_level(isotope, terms),
        pictures=tuple(found.digests),
        groups=tuple(found.groups),
        repeated=found.repeated,
        unreadable=found.unreadable,
        like_published=found.like(known),
        target=called,
        asked=terms.look.asked,
        look=terms.look.number,
        looks=terms.look.most,
    )
