"""What asking costs, estimated before it starts, and a limit that is never crossed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from isotopes.errors import BudgetExhausted, IsotopesError
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target
from isotopes.targets.wrapper import Wrapper


@dataclass(frozen=True)
class Budget:
    """How much may be asked. A query is one picture, because that is what services bill.

    Attributes:
        queries: the most queries; None for no limit.
        cost: the most US dollars; None for no limit.
        price: US dollars a query; required with `cost`.
    """

    queries: int | None = None
    cost: float | None = None
    price: float | None = None

    def __post_init__(self) -> None:
        for subject, value in (("queries", self.queries), ("cost", self.cost)):
            if value is not None and value < 0:
                raise IsotopesError(f"a budget's {subject} must not be negative, got {value:g}")
        if self.price is not None and not self.price > 0:
            raise IsotopesError(f"the price of a query must be above 0, got {self.price:g}")
        if self.cost is not None and self.price is None:
            raise IsotopesError(
                f"a limit of {self.cost:g} US dollars needs the price of a query",
                hint="give the price, or limit the number of queries instead",
            )

    @property
    def affordable(self) -> int | None:
        """The most queries within both limits; None without a limit."""
        limits = [] if self.queries is None else [self.queries]
        if self.cost is not None and self.price is not None:
            # Decimal, because in binary floating point 0.3 // 0.1 is 2.
            limits.append(int(Decimal(str(self.cost)) // Decimal(str(self.price))))
        return min(limits, default=None)


@dataclass(frozen=True)
class Spending:
    """What a run has asked for so far.

    Attributes:
        queries: pictures sent, those of retries that may be billed included.
        cost: US dollars; None if the price is unknown.
        limit: US dollars that the run may spend; None without a limit.
    """

    queries: int
    cost: float | None = None
    limit: float | None = None

    def __str__(self) -> str:
        if self.cost is None:
            return f"{self.queries:,} queries sent"
        limit = "" if self.limit is None else f" of {self.limit:,.2f}"
        return f"{self.cost:,.2f}{limit} US dollars spent"


class Purse:
    """Counts queries before they are sent and refuses those beyond a budget. Threads may share it.

    A request that fails may still be billed. A retry counts again, unless the service answered that
    it was too busy.

    Attributes:
        spent: queries so far.
    """

    def __init__(self, name: str, budget: Budget) -> None:
        """Nothing is spent yet; `name` is what messages call the one who is asked."""
        self._name = name
        self._budget = budget
        self.spent = 0
        self._lock = threading.Lock()

    def spend(self, queries: int) -> None:
        """Count queries that are about to be sent.

        Raises:
            BudgetExhausted: they would cross the limit, so nothing may be sent.
        """
        affordable = self._budget.affordable
        with self._lock:
            if affordable is not None and self.spent + queries > affordable:
                raise BudgetExhausted(
                    f"the budget allows {affordable} queries of {self._name}:"
                    f" {self.spent} are spent, {queries} more are needed",
                    hint="run it again with a larger budget; kept answers are not paid for twice",
                )
            self.spent += queries

    def gate(self, queries: int, gate: Gate) -> Gate:
        """`gate`, which also pays for each retry of a request of so many queries."""
        return gate.before_retry(lambda billed: self.spend(queries * billed))

    def spending(self) -> Spending:
        """What was asked for so far; threads may ask meanwhile."""
        price = self._budget.price
        return Spending(self.spent, _cost(self.spent, price), self._budget.cost)


class Budgeted(Wrapper):
    """A target that refuses to go beyond a budget: see `Purse`.

    Put this wrapper inside `Journaled`, so that answers from the journal cost nothing.
    """

    def __init__(self, target: Target, budget: Budget) -> None:
        super().__init__(target)
        self._purse = Purse(target.name, budget)

    @property
    def spent(self) -> int:
        """Queries so far."""
        return self._purse.spent

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        """As the inner target.

        Raises:
            BudgetExhausted: these pictures, or a retry of them, would cross the limit. Nothing was
                sent.
        """
        queries = len(pictures)
        self._purse.spend(queries)
        return self.inner.ask(pictures, self._purse.gate(queries, gate))

    def spending(self) -> Spending:
        """What was asked for so far; threads may ask meanwhile."""
        return self._purse.spending()


@dataclass(frozen=True)
class Estimate:
    """What asking will take.

    Attributes:
        queries: pictures to ask.
        seconds: how long it takes; None if the rate is unknown.
        cost: US dollars; None if the price is unknown.
        kept: answers from earlier runs, which cost nothing.
        affordable: queries that the budget allows; None without a limit.
    """

    queries: int
    seconds: float | None = None
    cost: float | None = None
    kept: int = 0
    affordable: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.queries:,} queries"]
        if self.seconds is not None:
            parts.append(f"about {_duration(self.seconds)}")
        if self.cost is not None:
            parts.append(f"{self.cost:,.2f} US dollars")
        if self.kept:
            parts.append(f"{self.kept:,} answers kept from earlier runs")
        if self.affordable is not None and self.affordable < self.queries:
            parts.append(f"but the budget allows only {self.affordable:,}")
        return ", ".join(parts)


def estimate(queries: int, *, rate: float | None = None, price: float | None = None) -> Estimate:
    """How many queries, how much time and money? Shown to a person before asking starts.

    Args:
        queries: those still to be asked; `Journaled.unanswered` excludes what the journal holds.
        rate: queries a second, measured or stated by the service.
        price: US dollars a query.

    >>> print(estimate(20_000, rate=5, price=0.001))
    20,000 queries, about 67 min, 20.00 US dollars
    """
    return Estimate(
        queries,
        seconds=None if rate is None else queries / rate,
        cost=_cost(queries, price),
    )


def _cost(queries: int, price: float | None) -> float | None:
    return None if price is None else float(Decimal(str(price)) * queries)


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.{0 if seconds >= 10 * size else 1}f} {unit}"
    return f"{max(1, round(seconds))} s"
