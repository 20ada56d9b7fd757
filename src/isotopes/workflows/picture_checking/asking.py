"""Ask a generator for pictures until the mark is found in them, or all are made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from isotopes.targets.asking.budget import Budget, Estimate, Purse, Spending, estimate
from isotopes.targets.asking.concurrent import work_ahead
from isotopes.targets.asking.rate_limiter import RateLimiter
from isotopes.targets.gate import Gate
from isotopes.targets.generators import PictureGenerator, Wish
from isotopes.vault import FileEntry, Isotope
from isotopes.verify import Outcome
from isotopes.verify.plans.pictures import PicturePlan
from isotopes.verify.verdicts.pictures import PictureVerdict
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.picture_checking.drawing import Progress
from isotopes.workflows.picture_checking.made import Made
from isotopes.workflows.picture_checking.prompts import Prompt, WishList
from isotopes.workflows.picture_checking.run import (
    PictureLook,
    PictureTerms,
    check_generated,
    check_terms,
)

PICTURE_SECONDS = 5.0  # for an estimate, if a service states no rate
Request = tuple[Prompt, Wish]


@dataclass(frozen=True)
class GeneratorHooks:
    """What the caller hears of; each may be None.

    Attributes:
        asked: the hash of what is asked for, before anything else.
        estimated: the most that asking will take, before the first request; it may raise.
        metered: a function that gives what was spent so far.
        made: pictures made, and those of this look in all.
        planned: the plan of a look, before the mark is compared.
        compared: draws compared, and draws in all.
    """

    asked: Callable[[str], None] | None = None
    estimated: Callable[[Estimate], None] | None = None
    metered: Callable[[Callable[[], Spending]], None] | None = None
    made: Progress | None = None
    planned: Callable[[PicturePlan], None] | None = None
    compared: Progress | None = None


def check_generator(
    isotope: Isotope,
    generator: PictureGenerator,
    asked: WishList,
    folder: Path,
    terms: PictureTerms | None = None,
    *,
    published: Collection[FileEntry] = (),
    care: Care | None = None,
    hooks: GeneratorHooks | None = None,
    scores_path: Path | None = None,
) -> PictureVerdict:
    """Is this isotope's mark in what this generator makes? It is asked for pictures.

    Looks have equal shares of the level. The first one that finds the mark ends the check; by
    then an innocent generator was accused with at most the level's probability, as the shares add
    up, however the looks depend on one another.

    Args:
        asked: prompts, and how many pictures of each. They must not depend on the key.
        folder: keeps all pictures. What it holds already is not asked for again.
        terms, published, scores_path: as for `check_generated`.
        care: budget and price; the folder is the journal.

    Raises:
        TargetError: the generator failed, or the budget is spent. What was made so far is in the
            folder, and the same check, run again, asks for the rest.
        FolderError: the folder holds something else, or can't be written.
        PlanError, MarkError: as `check_generated`.
    """
    hooks, care = hooks or GeneratorHooks(), care or Care()
    digest = asked.digest(generator.identity())
    at_look = [
        replace(terms or PictureTerms(), look=PictureLook(1 + number, asked.looks, digest))
        for number in range(asked.looks)
    ]
    check_terms(isotope, at_look[0])
    made = Made(folder, generator, asked)
    if hooks.asked is not None:
        hooks.asked(digest)
    price = generator.price if care.price is None else care.price
    asking = _Asking(generator, made, Budget(care.queries, care.cost, price), hooks)
    if hooks.estimated is not None:
        hooks.estimated(asking.estimate(asked))
    for at in at_look:
        wanted = list(asked.of_look(at.look.number))
        asking.make(wanted)
        verdict = check_generated(
            isotope,
            made.pictures(wanted),
            generator.name,
            at,
            published=published,
            announce=hooks.planned,
            progress=hooks.compared,
            scores_path=scores_path,
        )
        if verdict.verdict is Outcome.DETECTED:
            break
    return verdict


class _Asking:
    """One run's requests, within budget and rate."""

    def __init__(
        self, generator: PictureGenerator, made: Made, budget: Budget, hooks: GeneratorHooks
    ) -> None:
        self._generator, self._made, self._budget = generator, made, budget
        self._purse = Purse(generator.name, budget)
        self._limiter = RateLimiter(*generator.rate_limits)
        self._hooks = hooks
        if hooks.metered is not None:
            hooks.metered(self._purse.spending)

    def estimate(self, asked: WishList) -> Estimate:
        """The most that asking will take."""
        missing = sum(not self._made.holds(*one) for one in asked.of_look(asked.looks))
        slowest = max((limit.interval for limit in self._generator.rate_limits), default=0.0)
        each = max(slowest, PICTURE_SECONDS / self._generator.threads)
        rate = 1 / each if self._generator.remote else None
        return replace(
            estimate(missing, rate=rate, price=self._budget.price),
            kept=asked.pictures - missing,
            affordable=self._budget.affordable,
        )

    def make(self, wanted: Sequence[Request]) -> None:
        """Ask for those that the folder lacks.

        Raises:
            TargetError: as `check_generator`.
        """
        missing = [one for one in wanted if not self._made.holds(*one)]
        done = len(wanted) - len(missing)
        for _ in work_ahead(self._make_one, missing, self._generator.threads):
            done += 1
            if self._hooks.made is not None:
                self._hooks.made(done, len(wanted))

    def _make_one(self, request: Request, gate: Gate) -> None:
        prompt, wish = request
        self._limiter.wait(gate)
        self._purse.spend(1)
        paid = self._purse.gate(1, gate.before_retry(lambda _billed: self._wait_again(gate)))
        self._made.store(prompt, wish, self._generator.make(wish, paid))

    def _wait_again(self, gate: Gate) -> None:
        self._limiter.wait(gate)
