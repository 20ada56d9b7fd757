"""Guards around a model: answers are saved before use, money is limited, changes are noticed.

From the outside in: the journal answers queries that it knows; the canary watches for changes; the
budget counts queries, the canary's own included; the rate limiter delays them.

A remote target always has a journal and a canary. A local one has them only if a journal is named:
asking it again costs nothing, its file does not change, and hashing and storing each picture would
cost about as much as asking a small network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from isotopes.errors import FolderError
from isotopes.targets import Picture, Target
from isotopes.targets.answer import picture_digest
from isotopes.targets.asking.budget import Budget, Budgeted, Estimate, Spending, estimate
from isotopes.targets.asking.canary import Canary
from isotopes.targets.asking.concurrent import Batch, concurrency, replicas
from isotopes.targets.asking.journal import QueryJournal, default_journal_path
from isotopes.targets.asking.journaled import Journaled, JournalReadings
from isotopes.targets.asking.rate_limiter import RateLimited, RateLimiter
from isotopes.verify.evidence.answers import Answers

CANARIES = 3  # pictures: two models may agree on one
# Pictures between two canary readings: half of those to ask, so that there is one in the middle,
# but at most 500 (at which readings are 0.6 % of the queries) and at least 50.
LOOK_EVERY = (50, 500)
REQUEST_SECONDS = 0.5  # for an estimate, if a service states no rate


@dataclass(frozen=True)
class Care:
    """How a target is asked.

    Attributes:
        journal: where answers are kept; None for the default file if the target is remote, and
            for no journal if it is local.
        queries: maximum number of queries in this run; None for no limit.
        cost: maximum cost of this run in US dollars; None for no limit.
        price: of a query in US dollars; None for the target's own.
    """

    journal: Path | None = None
    queries: int | None = None
    cost: float | None = None
    price: float | None = None


@dataclass(frozen=True)
class Questions:
    """The queries that a target will get.

    Attributes:
        canary: a few pictures, always the same ones, that show whether the model changed.
        answered: how many answers the caller has already.
        unasked: how many pictures there are still to ask, at most.
        rest: makes these pictures, a few at a time. It is only called if the journal has answers,
            to count those that it can answer.
    """

    canary: Sequence[Picture]
    answered: int
    unasked: int
    rest: Callable[[], Iterable[Batch]]

    def unanswered(self, journal: QueryJournal, source: int) -> int:
        """How many of the remaining queries the journal can't answer."""
        if not self.unasked or not journal.answered(source):
            return self.unasked
        batches = (batch.pictures for batch in self.rest())
        digests = ({picture_digest(picture) for picture in some} for some in batches)
        return sum(len(some) - len(journal.look_up(source, list(some))) for some in digests)


class Guarded:
    """A target with the guards that `Care` asks for, inside the `guarded` block.

    Attributes:
        target: what to ask.
        journal: the identity of the journal that keeps its answers; None if there is none.
    """

    def __init__(
        self, target: Target, questions: Questions, budget: Budget, journal: QueryJournal | None
    ) -> None:
        self._bare = target
        self._budget = budget
        self._journal = journal
        self._canary: Canary | None = None
        self._questions = questions
        self._missing = questions.unasked
        self.journal = None if journal is None else journal.identity
        self.target: Target = target
        if target.rate_limits:
            self.target = RateLimited(self.target, RateLimiter(*target.rate_limits))
        self._budgeted = self.target = Budgeted(self.target, budget)
        if journal is not None:
            canary = questions.canary
            # Answers are reused only if the same canary watched over them: see `Canary`.
            settings = {"canary": hashlib.sha256(b"".join(map(picture_digest, canary))).hexdigest()}
            source = journal.source(target.identity(), settings)
            self._missing = questions.unanswered(journal, source)
            readings = JournalReadings(journal, target.identity(), canary, settings)
            self._every = min(max(-(-self._missing // 2), LOOK_EVERY[0]), LOOK_EVERY[1])
            self._canary = Canary(self.target, canary, every=self._every, store=readings)
            self.target = Journaled(self._canary, journal, settings)
            if (
                self._canary.changed is not None
            ):  # an earlier run saw the change, so no answer would help
                self._missing = 0

    def estimate(self) -> Estimate:
        """The most that asking will take, before anything is asked."""
        more = len(self._questions.canary) * self._looks() * replicas(self._bare)
        more += self._bare.preparing if self._missing else 0
        rate = self._rate() if self._bare.remote else None
        return replace(
            estimate(self._missing + more, rate=rate, price=self._budget.price),
            kept=self._questions.answered + self._questions.unasked - self._missing,
            affordable=self._budget.affordable,
        )

    def spending(self) -> Spending:
        """What this run has asked for so far, the canary's readings included."""
        return self._budgeted.spending()

    def check_same_journal(self, earlier: Answers, kept: Path | None) -> None:
        """Raise FolderError if the kept answers were collected under another journal.

        Only the canary of an answer's own journal can show which model gave it. A
        target asked without a journal is local, and identified by the hash of its file.

        Args:
            earlier: those answers.
            kept: where they come from, for the message.
        """
        known = {None, None if self._journal is None else self._journal.identity}
        if self._journal is not None and earlier.queries and earlier.journal not in known:
            raise FolderError(
                f"{kept} holds answers that were got with another query journal than"
                f" {self._journal.path}, so nothing shows whether one model gave all of them",
                hint="name that journal with --journal, or something new with --keep",
            )

    def finish(self) -> None:
        """Call this after the last answer.

        Raises:
            ModelChanged: the answers can't all come from one model.
        """
        if self._canary is not None:
            self._canary.finish()

    def _looks(self) -> int:
        """How many times the canary will be asked."""
        if self._canary is None or self._canary.changed is not None:
            return 0
        if self._missing:
            return 2 + (self._missing - 1) // self._every
        return int(self._canary.reading_due)

    def _rate(self) -> float:
        """Queries a second: the service's limit or, if it states none, a typical rate."""
        slowest = max((limit.interval for limit in self._bare.rate_limits), default=0.0)
        return self._bare.batch_size / max(slowest, REQUEST_SECONDS / concurrency(self._bare))


@contextmanager
def guarded(target: Target, questions: Questions, care: Care) -> Iterator[Guarded]:
    """The target to ask; its journal is open inside the block.

    Raises:
        IsotopesError: limits that can't be held.
        JournalError: the journal can't be used.
    """
    price = target.price if care.price is None else care.price
    budget = Budget(care.queries, care.cost, price)
    path = care.journal or (default_journal_path() if target.remote else None)
    if path is None:
        yield Guarded(target, questions, budget, None)
        return
    with QueryJournal(path) as journal:
        yield Guarded(target, questions, budget, journal)
