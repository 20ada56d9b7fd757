"""Notices when the model behind a name changes during a check.

A check compares answers with one another, so one model must give all of them. The canary is a few
pictures that are asked again and again: at the start, after every so many pictures, and at the end.
Each time gives a reading, of each replica if a service has several: they must answer alike. The
version that a target reports is watched too. A check whose canary
changed is inconclusive.

An answer is confirmed once a reading has begun after it was stored. If a run ends before that, the
next run takes the missing reading, even if it asks nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from isotopes.errors import IsotopesError, ModelChanged
from isotopes.targets.asking.concurrent import ask_all, replicas
from isotopes.targets.asking.drift import TOLERANCE, CanaryReading, DriftDetector, ReadingStore
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target
from isotopes.targets.wrapper import Wrapper


class Canary(Wrapper):
    """A target that asks a few pictures again and again, to see whether it is still the same."""

    def __init__(
        self,
        target: Target,
        pictures: Sequence[Picture],
        *,
        every: int = 500,
        tolerance: float = TOLERANCE,
        store: ReadingStore | None = None,
    ) -> None:
        """Watch `target`.

        Args:
            pictures: the canary. Take a handful of the check's own unmarked probes: on a single
                picture two models may agree.
            every: pictures between two readings, which cost ``len(pictures) / every`` more
                queries.
            tolerance: how far a probability may move and still count as the same, in [0, 1].
            store: readings of earlier runs whose answers this run may reuse.
        """
        super().__init__(target)
        self._pictures = list(pictures)
        self._every = every
        self._tolerance = tolerance
        self._store = store
        self._versions: set[str] = set()
        self._until_reading = every
        self._started = False
        self._failure: IsotopesError | None = None  # of the first reading
        self._starting = threading.Lock()
        self._lock = threading.Lock()
        self._detector = DriftDetector(tolerance=tolerance)
        self._recall()

    @property
    def changed(self) -> str | None:
        """Why one model can't have given all answers; None if nothing suggests that."""
        with self._lock:
            if len(self._versions) > 1:
                return (
                    "the target reported more than one version:"
                    f" {', '.join(sorted(self._versions))}"
                )
            return self._detector.drift.change

    @property
    def reading_due(self) -> bool:
        """Whether some answers are not confirmed yet, or the last reading left doubts.

        With a store this covers the answers of all runs, without one those of this run.
        """
        if self._detector.drift.unclear:
            return True
        return self._started if self._store is None else self._store.has_unconfirmed()

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        """As the inner target. If the first reading failed, every call fails like it.

        Raises:
            ModelChanged: it is another model by now; these pictures have no answer.
        """
        self._check()
        with self._starting:  # no picture may be asked before the first reading
            if not self._started:
                self._start(gate)
        if self._due(len(pictures)):
            self._read(gate)
        self._check()
        scores = self.inner.ask(pictures, gate)
        self._note_version()
        self._check()  # before anything keeps an answer of another version
        return scores

    def finish(self) -> None:
        """Take one more reading after the last picture, unless all answers are confirmed.

        Raises:
            ModelChanged: one model can't have given the answers of this and earlier runs.
        """
        self._check()
        if self.reading_due:
            self._read(OPEN)
        self._recall()  # other processes take readings as well
        self._check()

    def _start(self, gate: Gate) -> None:
        if self._failure is not None:
            # Otherwise each waiting thread would go through all retries with a dead service.
            raise self._failure.with_traceback(None)
        try:
            self._read(gate)
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
            due = self._until_reading <= 0
            self._until_reading = self._every - pictures if due else self._until_reading - pictures
            return due

    def _read(self, gate: Gate) -> None:
        for replica in range(replicas(self.inner)):
            self._read_once(gate.of_replica(replica))
        if self._detector.drift.unclear:
            self._read_once(gate)

    def _read_once(self, gate: Gate) -> None:
        position = self._store.position() if self._store else 0
        scores = self._ask_canary(gate)
        reading = CanaryReading(self._note_version(), scores)
        if self._store:
            self._store.append(reading, position)
        with self._lock:
            self._detector.add(scores)

    def _ask_canary(self, gate: Gate) -> Scores:
        size = self.batch_size
        starts = range(0, len(self._pictures), size)
        batches = [self._pictures[start : start + size] for start in starts]
        # The very first batch goes alone: if the service is down or refuses us, one try is enough.
        # Later all go at once, because everything waits for the last reading.
        alone = 0 if self._started else 1
        groups = [group for group in (batches[:alone], batches[alone:]) if group]
        return Scores.join([ask_all(self.inner, group, gate=gate) for group in groups])

    def _recall(self) -> None:
        """Start again from the stored readings of all runs."""
        if self._store is None:
            return
        readings = self._store.load()
        with self._lock:
            self._versions.update(one.version for one in readings if one.version is not None)
            self._detector = DriftDetector(readings, self._tolerance)

    def _note_version(self) -> str | None:
        version = self.version
        if version is not None:
            with self._lock:
                self._versions.add(version)
        return version
