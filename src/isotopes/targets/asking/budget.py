"""What asking costs, told before it starts, and a limit that is never crossed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from isotopes.errors import BudgetExhausted, IsotopesError
from isotopes.targets.asking.attempts import hearing_retries
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target
from isotopes.targets.wrapper import Wrapper


@dataclass(frozen=True)
class Budget:
    """How much may be asked. A query is one picture, as services bill it.

    Attributes:
        queries: the most queries; None for no limit.
        cost: the most money, in the currency of `price`; None for no limit.
        price: of one query; needed where `cost` is given.
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
                f"a cost of at most {self.cost:g} can't be held without the price of a query",
                hint="give the price, or limit the number of queries instead",
            )

    @property
    def affordable(self) -> int | None:
        """The most queries that stay within both limits; None where there is none."""
        limits = [] if self.queries is None else [self.queries]
        if self.cost is not None and self.price is not None:
            # Decimal: in binary 0.3 holds only two queries at 0.1.
            limits.append(int(Decimal(str(self.cost)) // Decimal(str(self.price))))
        return min(limits, default=None)


class Budgeted(Wrapper):
    """A target that refuses to go beyond a budget.

    It counts what this object was asked, before it is asked: a request that failed may be billed
    all the same. So a retry counts again, unless the service had said that it was too busy. Put it
    inside the journal, and what the journal answers costs nothing.
    """

    def __init__(self, target: Target, budget: Budget) -> None:
        super().__init__(target)
        self.budget = budget
        self.spent = 0  # queries
        self._lock = threading.Lock()

    def ask(self, pictures: Sequence[Picture]) -> Scores:
        """As the inner target.

        Raises:
            BudgetExhausted: these pictures would cross the limit; none of them was asked, or not
                once more.
        """
        queries = len(pictures)
        self._spend(queries)
        with hearing_retries(lambda billed: self._spend(queries * billed)):
            return self.inner.ask(pictures)

    def _spend(self, queries: int) -> None:
        affordable = self.budget.affordable
        with self._lock:
            if affordable is not None and self.spent + queries > affordable:
                raise BudgetExhausted(
                    f"the budget allows {affordable} queries of {self.name}:"
                    f" {self.spent} are spent, {queries} more are wanted",
                    hint="run it again with a larger budget; answers that are kept are not asked"
                    " or paid again",
                )
            self.spent += queries


@dataclass(frozen=True)
class Estimate:
    """What asking will take.

    Attributes:
        queries: pictures that will be asked.
        seconds: how long; None where the rate is not known.
        cost: money, in the currency of the price; None where no price is known.
        kept: answers that are there already and cost nothing.
        affordable: queries that the budget allows; None where there is no limit.
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
            parts.append(f"cost {self.cost:,.2f}")
        if self.kept:
            parts.append(f"{self.kept:,} answers are kept from before")
        if self.affordable is not None and self.affordable < self.queries:
            parts.append(f"of which the budget allows {self.affordable:,}")
        return ", ".join(parts)


def estimate(queries: int, *, rate: float | None = None, price: float | None = None) -> Estimate:
    """How many queries, how long and how much money: to ask a person before starting.

    Args:
        queries: those that must be asked; `Journaled.unanswered` leaves out what is in the journal.
        rate: queries a second, as measured or as the service declares them.
        price: of one query.

    >>> print(estimate(20_000, rate=5, price=0.001))
    20,000 queries, about 67 min, cost 20.00
    """
    return Estimate(
        queries,
        seconds=None if rate is None else queries / rate,
        cost=None if price is None else float(Decimal(str(price)) * queries),
    )


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.{0 if seconds >= 10 * size else 1}f} {unit}"
    return f"{max(1, round(seconds))} s"
