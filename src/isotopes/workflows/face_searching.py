"""Check a gallery of faces: do new pictures with the mark draw out enrolled ones that carry it?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PlanError, TooFewDecoys
from isotopes.marks import Mark
from isotopes.seeds import derive
from isotopes.targets import Picture, Scores
from isotopes.targets.answer import picture_digest
from isotopes.targets.asking import ask_ahead
from isotopes.targets.budget import Estimate
from isotopes.targets.faces import FaceSearch
from isotopes.targets.faces.searching import Searching
from isotopes.vault import Isotope
from isotopes.verify.face_match import draw_out_test
from isotopes.verify.probe import Batch, Progress, marked_batches
from isotopes.verify.rank import RankTestResult, check_decoys
from isotopes.workflows.guarding import Care, guarded

LEVEL, DECOYS = 0.01, 99


@dataclass(frozen=True)
class FaceQueries:
    """What is searched for: every query with the mark (0) and with each decoy.

    Attributes:
        probes: ``sha256:...`` of each query before it is marked.
        alpha: visibility of all of them.
        decoys: how many.
        seed_key: of the order in which they are searched for.
    """

    probes: tuple[str, ...]
    alpha: float
    decoys: int
    seed_key: bytes

    @property
    def marks(self) -> int:
        return 1 + self.decoys


def check_faces(
    isotope: Isotope,
    engine: FaceSearch,
    pictures: Sequence[Picture],
    ours: Collection[str],
    *,
    level: float = LEVEL,
    decoys: int = DECOYS,
    care: Care | None = None,
    estimated: Callable[[Estimate], None] | None = None,
    progress: Progress | None = None,
) -> RankTestResult:
    """Is this isotope in the gallery? As `draw_out_test`, from searches made here.

    Args:
        pictures: new ones, unmarked, which nobody enrolled; uint8 RGB, each (height, width, 3).
        ours: ids of enrolled pictures that would carry the mark, named before the first search.
        care, estimated, progress: as for `checking.check`.

    Raises:
        PlanError: no picture, no id, or a mark that was picked and not drawn.
        TooFewDecoys: no outcome could reach the level, or more decoys than were committed.
        TargetUnreachable, AnswerError: as `FaceSearch.search`.
        JournalError: the journal can't be used.
        ModelChanged: the answers can't all come from one gallery.
    """
    _check(isotope, pictures, ours, level, decoys)
    columns = {name: place for place, name in enumerate(sorted(ours))}
    ready = [np.ascontiguousarray(picture) for picture in pictures]
    digests = tuple(f"sha256:{picture_digest(picture).hex()}" for picture in ready)
    seed = derive(isotope.root, "isotopes/v1/face-search")
    asked = FaceQueries(digests, isotope.alpha, decoys, seed)
    found = np.full((asked.marks, len(ready), len(columns)), np.nan)
    with guarded(Searching(engine), ready, care or Care()) as watched:
        if estimated is not None:
            estimated(watched.estimate(asked.marks * len(ready)))
        done = 0
        for batch, scores in ask_ahead(watched.target, _batches(isotope, asked, ready)):
            _note(found, batch, scores, columns)
            done += len(scores)
            if progress is not None:
                progress(done, asked.marks * len(ready))
        watched.finish()
    return draw_out_test(found, np.ones(len(columns), np.bool_), level=level)


def _batches(isotope: Isotope, asked: FaceQueries, pictures: Sequence[Picture]) -> Iterator[Batch]:
    every = np.ones((asked.marks, len(pictures)), np.bool_)

    def draw(index: int) -> Mark:
        return isotope.decoy(index) if index else isotope.mark()

    return marked_batches(asked, pictures, draw, every, Searching.batch_size)


def _note(
    found: NDArray[np.float64], batch: Batch, scores: Scores, columns: dict[str, int]
) -> None:
    """One answer's similarities to our pictures; a batch is one picture."""
    mark, query = int(batch.rows[0]) - 1, int(batch.probes[0])
    for name, value in zip(scores.labels, scores.values[0], strict=True):
        if name in columns:
            found[mark, query, columns[name]] = value


def _check(
    isotope: Isotope,
    pictures: Sequence[Picture],
    ours: Collection[str],
    level: float,
    decoys: int,
) -> None:
    if not pictures or not ours:
        raise PlanError(
            "a face check needs at least 1 new picture and 1 id of an enrolled one,"
            f" got {len(pictures)} pictures and {len(ours)} ids"
        )
    check_decoys(decoys, level)
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
