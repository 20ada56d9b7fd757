"""Check a gallery of faces: do new pictures with the mark draw out enrolled ones that carry it?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from isotopes.defaults import FACE_DECOYS, FACE_LEVEL
from isotopes.errors import ModelChanged, PlanError, TargetError, TooFewDecoys
from isotopes.faces import FaceSearch
from isotopes.faces.plan import FacePlan
from isotopes.faces.searching import Searching
from isotopes.faces.verdict import FaceVerdict, decide_faces, undecided_faces
from isotopes.hints import nearest
from isotopes.seeds import derive
from isotopes.targets import Picture, Scores
from isotopes.targets.answer import picture_digest
from isotopes.targets.asking.concurrent import ask_ahead
from isotopes.vault import Isotope
from isotopes.verify.asking.queries import QueryBatch, marked_batches
from isotopes.workflows.checking.guarding import CANARIES, Care, Questions, guarded
from isotopes.workflows.checking.hooks import SILENT, Hooks


def check_faces(
    isotope: Isotope,
    engine: FaceSearch,
    pictures: Sequence[Picture],
    ours: Collection[str],
    *,
    level: float = FACE_LEVEL,
    decoys: int = FACE_DECOYS,
    disguise: bool = False,
    care: Care | None = None,
    hooks: Hooks[FacePlan] = SILENT,
    not_enrolled: Callable[[Sequence[str]], None] | None = None,
) -> FaceVerdict:
    """Is this isotope in the gallery? As `draw_out_test`, from searches made here.

    Args:
        pictures: new ones, unmarked, which nobody enrolled; uint8 RGB, each (height, width, 3).
        ours: ids of enrolled pictures that would carry the mark, named before the first search.
        disguise: change the picture of each search in another way.
        care, hooks: as for `check_model`; nothing is rechecked.
        not_enrolled: called with those of `ours` that a gallery with listed ids doesn't hold.

    Raises:
        PlanError: no picture, no id, none that is enrolled, or a mark that was picked and not
            drawn.
        TooFewDecoys: no outcome could reach the level, or more decoys than were committed.
        TargetUnreachable, AnswerError: as `FaceSearch.search`, at the first question. Where it
            fails later, or the budget ends, the verdict is inconclusive and `cut_short`.
        JournalError: the journal can't be used.
    """
    _check(isotope, decoys)
    ready = [np.ascontiguousarray(picture) for picture in pictures]
    searching = Searching(engine)
    plan = _plan(isotope, searching, ready, ours, level=level, decoys=decoys, disguise=disguise)
    hooks.planned(plan)
    found = np.full((plan.marks, len(ready), len(plan.ours)), np.nan)
    columns = {name: place for place, name in enumerate(plan.ours)}
    queries, done = plan.marks * len(ready), 0
    rest = partial(_batches, isotope, plan, ready)
    questions = Questions(ready[:CANARIES], 0, queries, rest)
    with guarded(searching, questions, care or Care()) as watched:
        hooks.estimated(watched.estimate())
        hooks.metered(watched.spending)
        missing = _not_enrolled(engine, plan.ours)
        if missing and not_enrolled is not None:
            not_enrolled(missing)
        try:
            for batch, scores in ask_ahead(watched.target, rest()):
                _note(found, batch, scores, columns)
                done += len(scores)
                hooks.progress(done, queries)
            watched.finish()
        except TargetError as failure:
            if not done and not isinstance(failure, ModelChanged):
                raise
            return undecided_faces(plan, done, failure)
    return decide_faces(plan, found)


def _plan(
    isotope: Isotope,
    searching: Searching,
    pictures: Sequence[Picture],
    ours: Collection[str],
    *,
    level: float,
    decoys: int,
    disguise: bool,
) -> FacePlan:
    identity = searching.identity()
    return FacePlan(
        isotope=isotope.name,
        commitment=isotope.commitment,
        beacon=isotope.beacon_in_words,
        family=isotope.family,
        family_version=isotope.family_version,
        alpha=isotope.alpha,
        decoys=decoys,
        level=level,
        probes=tuple(f"sha256:{picture_digest(picture).hex()}" for picture in pictures),
        ours=tuple(sorted(set(ours))),
        target=searching.name,
        target_identity=identity,
        seed=derive(isotope.key, f"isotopes/v1/face-search/{identity}").hex(),
        disguised=disguise,
    )


def _not_enrolled(engine: FaceSearch, ours: Sequence[str]) -> list[str]:
    """Which of these ids the gallery lacks; none if it doesn't list them.

    Raises:
        PlanError: it lacks all of them, so that no search could find any.
    """
    enrolled = engine.enrolled()
    if enrolled is None:
        return []
    missing = [one for one in ours if one not in enrolled]
    if len(missing) == len(ours):
        near = nearest(missing[0], sorted(enrolled))
        raise PlanError(
            f"none of the {len(ours)} ids named as ours is enrolled in {engine.name},"
            f" {missing[0]!r:.80} for one",
            hint="ids are the names that pictures were enrolled under"
            + ("" if near is None else f": did you mean {near!r}?"),
        )
    return missing


def _batches(isotope: Isotope, plan: FacePlan, pictures: Sequence[Picture]) -> Iterator[QueryBatch]:
    every = np.ones((plan.marks, len(pictures)), np.bool_)
    return marked_batches(plan, pictures, isotope.draw, every, Searching.batch_size)


def _note(
    found: NDArray[np.float64], batch: QueryBatch, scores: Scores, columns: dict[str, int]
) -> None:
    """One answer's similarities to our pictures; a batch is one picture."""
    mark, query = int(batch.rows[0]) - 1, int(batch.probes[0])
    for name, value in zip(scores.labels, scores.values[0], strict=True):
        if name in columns:
            found[mark, query, columns[name]] = value


def _check(isotope: Isotope, decoys: int) -> None:
    if decoys > isotope.decoys:
        raise TooFewDecoys(
            f"isotope {isotope.name} was committed with {isotope.decoys} decoys,"
            f" and this test takes {decoys}",
            hint="a decoy that was not committed could have been chosen after seeing the answers",
        )
    if not isotope.draw_family().exchangeable:
        raise PlanError(
            f"somebody picked the mark of isotope {isotope.name} instead of drawing it by its key,"
            " so decoys are no measure of it",
            hint="mark pictures with a family that the key draws from",
        )
