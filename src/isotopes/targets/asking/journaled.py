"""A target whose answers come from the journal where they can, and go through it where not."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from isotopes.targets.answer import Answer, check_probabilities, gather, picture_digest, split
from isotopes.targets.asking.drift import Sighting
from isotopes.targets.asking.journal import Journal
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target
from isotopes.targets.wrapper import Wrapper, ask_exactly


class Journaled(Wrapper):
    """Asks the inner target only what the journal does not hold.

    An interrupted check that runs again gets the same answers, bit for bit, and pays only for the
    rest. A picture that stands twice in a batch, or in two batches asked at once by two threads,
    is asked once.
    """

    def __init__(
        self, target: Target, journal: Journal, settings: Mapping[str, str] | None = None
    ) -> None:
        """Keep `target`'s answers in `journal`, which stays the caller's to close.

        Args:
            settings: see `Journal.source`.
        """
        super().__init__(target)
        self._journal = journal
        self._source = journal.source(target.identity(), settings)
        self._in_flight: set[bytes] = set()
        self._landed = threading.Condition()
        self.asked = 0  # pictures that the inner target was asked by this object

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        """Scores in the pictures' order, stored before they are returned.

        Raises:
            AnswerError: an answer that must not be kept (a number of answers that is not that of
                the pictures, scores that are no probabilities), or that does not go with those in
                the journal.
            JournalError: an answer can't be stored.
        """
        digests = [picture_digest(picture) for picture in pictures]
        answers = self._answers(pictures, {digest: row for row, digest in enumerate(digests)})
        return gather([answers[digest] for digest in digests])

    def unanswered(self, pictures: Sequence[Picture]) -> int:
        """How many of these pictures would have to be asked, and paid for."""
        digests = {picture_digest(picture) for picture in pictures}
        return len(digests) - len(self._journal.look_up(self._source, list(digests)))

    def _answers(self, pictures: Sequence[Picture], rows: dict[bytes, int]) -> dict[bytes, Answer]:
        answers: dict[bytes, Answer] = {}
        while len(answers) < len(rows):
            mine = self._claim([digest for digest in rows if digest not in answers])
            try:
                answers |= self._journal.look_up(self._source, mine)
                missing = [digest for digest in mine if digest not in answers]
                if missing:
                    some = _some(pictures, [rows[digest] for digest in missing])
                    answers |= self._ask_and_store(missing, some)
            finally:
                with self._landed:
                    self._in_flight.difference_update(mine)
                    self._landed.notify_all()
        return answers

    def _claim(self, digests: list[bytes]) -> list[bytes]:
        """Those that no other thread is asking about, of which there is at least one."""
        with self._landed:
            while not (mine := [one for one in digests if one not in self._in_flight]):
                self._landed.wait()
            self._in_flight.update(mine)
            return mine

    def _ask_and_store(
        self, digests: list[bytes], pictures: Sequence[Picture]
    ) -> dict[bytes, Answer]:
        scores = ask_exactly(self.inner, pictures)
        check_probabilities(self.name, scores)  # a broken answer, kept, would break every run
        first = self._journal.store(self._source, digests, scores)
        with self._landed:
            self.asked += len(digests)
        if first:
            return dict(zip(digests, split(scores), strict=True))
        return self._journal.look_up(self._source, digests)


class KeptSightings:
    """The sightings of one canary at one target, in the journal: what `Canary(kept=...)` takes."""

    def __init__(
        self,
        journal: Journal,
        identity: str,
        canary: Sequence[Picture],
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._journal = journal
        self._source = journal.source(identity, settings)
        self._canary = hashlib.sha256(b"".join(map(picture_digest, canary))).digest()

    def load(self) -> list[Sighting]:
        """Those of all runs, oldest first."""
        return self._journal.sightings(self._source, self._canary)

    def moment(self) -> int:
        """See `Journal.moment`."""
        return self._journal.moment()

    def append(self, sighting: Sighting, begun: int) -> None:
        """Keep one more; `begun` is the `moment` before its first question."""
        self._journal.add_sighting(self._source, self._canary, sighting, begun)

    def unwatched(self) -> bool:
        """Whether an answer of the target was stored after the last look had begun."""
        return self._journal.unwatched(self._source, self._canary)


def _some(pictures: Sequence[Picture] | NDArray[np.uint8], rows: list[int]) -> Sequence[Picture]:
    """Pictures of one size may come as one array, which is faster to ask: then so do these."""
    if isinstance(pictures, np.ndarray):
        return cast(Sequence[Picture], pictures if len(rows) == len(pictures) else pictures[rows])
    return [pictures[row] for row in rows]
