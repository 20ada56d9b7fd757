"""Notices that the model behind a name changed while it was asked.

A check compares answers with one another, so all of them must come from one model. The canary is a
few pictures asked again and again: at the start, after every so many pictures, and at the end. The
version that a target reports is watched too. A check whose canary changed is inconclusive.

An answer is watched once a look was begun after it was stored. Whichever run owed that look, the
next one makes it up, even if it asks nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from isotopes.errors import IsotopesError, ModelChanged
from isotopes.targets.asking.concurrent import ask_all
from isotopes.targets.asking.drift import TOLERANCE, Comparison, Sighting, Sightings
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target
from isotopes.targets.wrapper import Wrapper


class Canary(Wrapper):
    """A target that asks a few pictures again and again to see whether it is still the same."""

    def __init__(
        self,
        target: Target,
        pictures: Sequence[Picture],
        *,
        every: int = 500,
        tolerance: float = TOLERANCE,
        kept: Sightings | None = None,
    ) -> None:
        """Watch `target`.

        Args:
            pictures: the canary; a handful of the check's own clean probes is best, since a single
                picture may be one that two models agree on.
            every: pictures between two looks; they cost ``len(pictures) / every`` more queries.
            tolerance: how far a probability may move and still count as the same, in [0, 1].
            kept: sightings of earlier runs whose answers this run may reuse.
        """
        super().__init__(target)
        self._pictures = list(pictures)
        self._every = every
        self._tolerance = tolerance
        self._kept = kept
        self._versions: set[str] = set()
        self._until_look = every
        self._started = False
        self._failure: IsotopesError | None = None  # of the first look
        self._starting = threading.Lock()
        self._lock = threading.Lock()
        self._comparison = Comparison(tolerance=tolerance)
        self._recall()

    @property
    def changed(self) -> str | None:
        """Why the answers can't all come from one model; None where nothing speaks against it."""
        with self._lock:
            if len(self._versions) > 1:
                return (
                    "the target reported more than one version:"
                    f" {', '.join(sorted(self._versions))}"
                )
            return self._comparison.finding.change

    @property
    def owes_look(self) -> bool:
        """Whether there are answers, of this run or, where sightings are kept, of any, that no look
        has watched over yet, or the last one left something unclear."""
        if self._comparison.finding.unclear:
            return True
        return self._started if self._kept is None else self._kept.unwatched()

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        """As the inner target. Where the first look failed, this always fails as that did.

        Raises:
            ModelChanged: it is another model by now; these pictures have no answer.
        """
        self._check()
        with self._starting:  # no picture may be asked before the first look
            if not self._started:
                self._start()
        if self._due(len(pictures)):
            self._look()
        self._check()
        scores = self.inner.ask(pictures)
        self._note_version()
        self._check()  # before anything keeps an answer of another version
        return scores

    def finish(self) -> None:
        """Look once more, after the last picture, unless all answers are watched over already.

        Raises:
            ModelChanged: the answers of this and earlier runs can't all come from one model.
        """
        self._check()
        if self.owes_look:
            self._look()
        self._recall()  # other processes look as well
        self._check()

    def _start(self) -> None:
        if self._failure is not None:
            # Else each waiting thread would try a dead service in turn, and in full.
            raise self._failure.with_traceback(None)
        try:
            self._look()
        except IsotopesError as failure:
            self._failure = failure
            raise
        self._started = True

    def _check(self) -> None:
        reason = self.changed
        if reason is not None:
            raise ModelChanged(
                f"the model behind {self.name} changed while it was asked: {reason}",
                hint="name a new journal to ask it all again, and a new file or folder if you gave"
                " --keep",
            )

    def _due(self, pictures: int) -> bool:
        with self._lock:
            due = self._until_look <= 0
            self._until_look = self._every - pictures if due else self._until_look - pictures
            return due

    def _look(self) -> None:
        self._sight()
        if self._comparison.finding.unclear:
            self._sight()

    def _sight(self) -> None:
        begun = self._kept.moment() if self._kept else 0
        scores = self._ask_pictures()
        sighting = Sighting(self._note_version(), scores)
        if self._kept:
            self._kept.append(sighting, begun)
        with self._lock:
            self._comparison.add(scores)

    def _ask_pictures(self) -> Scores:
        size = self.batch_size
        starts = range(0, len(self._pictures), size)
        batches = [self._pictures[start : start + size] for start in starts]
        # At first one alone: where the service is down or refuses us, the others need not try it as
        # well. Later all at once, as everything waits for the last look.
        alone = 0 if self._started else 1
        parts = [ask_all(self.inner, some) for some in (batches[:alone], batches[alone:]) if some]
        return Scores.join(parts)

    def _recall(self) -> None:
        """Begin anew with what is kept of all runs."""
        if self._kept is None:
            return
        sightings = self._kept.load()
        with self._lock:
            self._versions.update(one.version for one in sightings if one.version is not None)
            self._comparison = Comparison(sightings, self._tolerance)

    def _note_version(self) -> str | None:
        version = self.version
        if version is not None:
            with self._lock:
                self._versions.add(version)
        return version
