"""A target that answers from the journal if it can, and stores every new answer there."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from isotopes.targets.answer import Answer, check_probabilities, join_answers, picture_digest, split
from isotopes.targets.asking.drift import CanaryReading
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target
from isotopes.targets.wrapper import Wrapper, ask_exactly


class Journaled(Wrapper):
    """Asks the inner target only what the journal doesn't hold.

    An interrupted check that runs again gets the same answers, bit for bit, and pays only for the
    rest. A picture that occurs twice in a batch, or in two batches that two threads ask at once, is
    asked once.
    """

    def __init__(
        self, target: Target, journal: QueryJournal, settings: Mapping[str, str] | None = None
    ) -> None:
        """Keep the answers of `target` in `journal`, which the caller closes.

        Args:
            settings: see `QueryJournal.source`.
        """
        super().__init__(target)
        self._journal = journal
        self._source = journal.source(target.identity(), settings)
        self._in_flight: set[bytes] = set()
        self._landed = threading.Condition()
        self.asked = 0  # pictures that this object asked the inner target about

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        """Scores in the pictures' order, stored before they are returned.

        Raises:
            AnswerError: an answer that must not be kept (too many or too few rows, scores that are
                no probabilities), or one that contradicts the journal's.
            JournalError: an answer can't be stored.
        """
        digests = [picture_digest(picture) for picture in pictures]
        rows = {digest: row for row, digest in enumerate(digests)}
        answers = self._answers(pictures, rows, gate)
        return join_answers([answers[digest] for digest in digests])

    def unanswered(self, pictures: Sequence[Picture]) -> int:
        """How many of these pictures would have to be asked, and paid for."""
        digests = {picture_digest(picture) for picture in pictures}
        return len(digests) - len(self._journal.look_up(self._source, list(digests)))

    def _answers(
        self, pictures: Sequence[Picture], rows: dict[bytes, int], gate: Gate
    ) -> dict[bytes, Answer]:
        answers: dict[bytes, Answer] = {}
        while len(answers) < len(rows):
            mine = self._claim([digest for digest in rows if digest not in answers])
            try:
                answers |= self._journal.look_up(self._source, mine)
                missing = [digest for digest in mine if digest not in answers]
                if missing:
                    chosen = _take(pictures, [rows[digest] for digest in missing])
                    answers |= self._ask_and_store(missing, chosen, gate)
            finally:
                with self._landed:
                    self._in_flight.difference_update(mine)
                    self._landed.notify_all()
        return answers

    def _claim(self, digests: list[bytes]) -> list[bytes]:
        """Those that no other thread is asking about; waits until there is at least one."""
        with self._landed:
            while not (mine := [one for one in digests if one not in self._in_flight]):
                self._landed.wait()
            self._in_flight.update(mine)
            return mine

    def _ask_and_store(
        self, digests: list[bytes], pictures: Sequence[Picture], gate: Gate
    ) -> dict[bytes, Answer]:
        scores = ask_exactly(self.inner, pictures, gate)
        check_probabilities(self.name, scores)  # a broken answer, once kept, breaks every run
        all_new = self._journal.store(self._source, digests, scores)
        with self._landed:
            self.asked += len(digests)
        if all_new:
            return dict(zip(digests, split(scores), strict=True))
        return self._journal.look_up(self._source, digests)


class JournalReadings:
    """The readings of one canary at one target, in the journal: a `ReadingStore`."""

    def __init__(
        self,
        journal: QueryJournal,
        identity: str,
        canary: Sequence[Picture],
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._journal = journal
        self._source = journal.source(identity, settings)
        self._canary = hashlib.sha256(b"".join(map(picture_digest, canary))).digest()

    def load(self) -> list[CanaryReading]:
        """The readings of all runs, oldest first."""
        return self._journal.readings(self._source, self._canary)

    def position(self) -> int:
        """See `QueryJournal.position`."""
        return self._journal.position()

    def append(self, reading: CanaryReading, position: int) -> None:
        """Keep one more; `position` was taken just before its first question."""
        self._journal.add_reading(self._source, self._canary, reading, position)

    def has_unconfirmed(self) -> bool:
        """Whether an answer of the target was stored after the last reading had begun."""
        return self._journal.has_unconfirmed(self._source, self._canary)


def _take(pictures: Sequence[Picture] | NDArray[np.uint8], rows: list[int]) -> Sequence[Picture]:
    """Some of the pictures. One array stays one array, because that is faster to ask."""
    if isinstance(pictures, np.ndarray):
        return cast(Sequence[Picture], pictures if len(rows) == len(pictures) else pictures[rows])
    return [pictures[row] for row in rows]
