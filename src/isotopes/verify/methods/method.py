"""The base class of tests, and their registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PlanError, TooFewProbes
from isotopes.plugins import Registry
from isotopes.stats.scores.tempered import answer_statistic
from isotopes.verify.evidence.answers import Answers
from isotopes.verify.evidence.evidence import Evidence
from isotopes.verify.evidence.usable import Usable
from isotopes.verify.plans.plan import Plan

# What encoders are asked about, whatever the test: as many as the lab measured (docs/lab.md).
EMBEDDED_OWN, EMBEDDED_PROBES = 48, 16


@dataclass(frozen=True, eq=False)
class MethodResult:
    """The result of a test.

    Attributes:
        significant: the test says that the mark was in the data.
        column: the label in the evidence that it is about.
        pvalue: exact; None if the test has none.
        score: the mark's score in the test.
        decoy_scores: the decoys' scores, shape (decoys,).
        details: what else a reader needs to check it by hand; JSON types. `report` has the words.
    """

    significant: bool
    column: int
    pvalue: float | None
    score: float
    decoy_scores: NDArray[np.float64]
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wishes:
    """What a person or the commitment wants of a plan.

    Attributes:
        level: the most that the chance of accusing an innocent model may be.
        decoys: how many there are to take.
        search: no label is named.
        own: how many of the person's own pictures there are with the mark.
        probes: how many (in each round, for a test that has rounds); None for the test's own.
        thorough: ask about more pictures than by default.
        embeds: the target answers with embeddings, so own pictures and others' are both asked, as
            far as there are any.
        all_decoys: use all of these decoys, for the smallest possible p-value, instead of only as
            many as the level needs.
        forgive: how many decoys may score as high as the mark; None for the test's own.
    """

    level: float
    decoys: int
    search: bool = False
    own: int = 0
    probes: int | None = None
    forgive: int | None = None
    thorough: bool = False
    embeds: bool = False
    all_decoys: bool = False


@dataclass(frozen=True)
class Arrangement:
    """How a test fulfils them.

    Attributes:
        decoys: how many it uses at most.
        probes: how many of others' pictures to draw.
        own: how many of the person's own.
        settings: as in `Plan`.
    """

    decoys: int
    probes: int
    own: int = 0
    settings: Mapping[str, float] = field(default_factory=dict)


class Method(ABC):
    """A test of one mark. A new one is a new file in `verify/methods/`: nothing else changes.

    Class attributes:
        name: what the command line and the plan call it.
        summary: one line for people.
        statistic, level, decoys, probes, own: a plan's defaults; own pictures only if there are
            some.
        fewest: the fewest pictures that a label may have left.
        compares_embeddings: can it test an encoder?
        settings: names and defaults of the numbers that only this test has.
        exact: whether its p-value is exact; if not, every verdict carries a warning.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    statistic: ClassVar[str]
    level: ClassVar[float]
    decoys: ClassVar[int]
    probes: ClassVar[int]
    own: ClassVar[int] = 0
    fewest: ClassVar[int]
    compares_embeddings: ClassVar[bool] = False
    settings: ClassVar[Mapping[str, float]] = MappingProxyType({})
    exact: ClassVar[bool] = True

    def check_statistic(self, name: str) -> None:
        """Can this test compare that statistic?

        Raises:
            PlanError: it can't, or there is none of that name.
        """
        answer_statistic(name)

    def check(self, plan: Plan) -> None:
        """Check, before the first query, that this plan can give an answer.

        Raises:
            PlanError: settings that this test does not have, or values that it can't use.
            TooFewDecoys, TooFewProbes: no outcome could reach the level.
        """
        if not plan.embeds:
            self.check_statistic(plan.statistic)
        if plan.settings.keys() != self.settings.keys():
            raise PlanError(
                f"the settings of {self.name} are: {', '.join(self.settings) or 'none'},"
                f" got: {', '.join(plan.settings) or 'none'}"
            )
        if plan.embeds:
            self.check_embeds()

    def check_embeds(self) -> None:
        """Raise PlanError if it can't compare embeddings."""
        if not self.compares_embeddings:
            raise PlanError(
                f"{self.name} compares labels, and this target answers with embeddings",
                hint="use two-stage or rank, or describe anchors that give it labels",
            )

    def arrange(self, wishes: Wishes) -> Arrangement:
        """The decoys, probes and settings that fulfil these wishes.

        Raises:
            PlanError: a wish that is not for this test.
        """
        if wishes.forgive is not None:
            raise PlanError(
                f"{self.name} forgives as many decoys as its level allows,"
                f" got {wishes.forgive} to forgive",
                hint="that is for the sequential test",
            )
        own = min(wishes.own, EMBEDDED_OWN if wishes.embeds else self.own)
        probes = self.probes_beside(own, wishes, self.probes)
        return Arrangement(wishes.decoys, probes, own, dict(self.settings))

    def probes_beside(self, own: int, wishes: Wishes, usual: int) -> int:
        """How many of other people's pictures to ask with this many own ones.

        None if the own ones are enough: a model remembers those, and other people's pictures only
        add noise (docs/statistics.md). A wish for them is respected all the same. Encoders are
        asked about both, each by a score of its own.
        """
        if wishes.probes is not None:
            return wishes.probes
        if wishes.embeds:
            return EMBEDDED_PROBES
        return 0 if own >= self.fewest else usual

    def probes_needed(self, plan: Plan) -> int:
        """The fewest pictures that a label may have left under this plan."""
        return self.fewest

    def wanted(self, answers: Answers, plan: Plan, usable: Usable) -> NDArray[np.intp]:
        """The marks needed, judging by the answers so far: the mark (0) and decoys.

        Asking continues until all of these are answered. A test that may stop early asks for more
        only if the earlier ones aren't enough.

        Args:
            usable: the labels under test and their probes, as these answers have them.
        """
        return np.arange(plan.marks)

    @abstractmethod
    def test(self, evidence: Evidence, plan: Plan) -> MethodResult:
        """Test the evidence, which holds the `wanted` marks."""

    @abstractmethod
    def test_scores(
        self, score: float, decoy_scores: Sequence[float], level: float, details: Mapping[str, Any]
    ) -> MethodResult:
        """What `test` finds where the mark and its decoys score this; the column is 0.

        Used to check verdicts that other people hand over.

        Args:
            details: as in the verdict. What doesn't follow from the scores is taken from them.

        Raises:
            PlanError: scores, level or details that no verdict of this test has.
        """


# No entry points: a new test must prove its false-positive rate in this package's tests.
_METHODS = Registry[Method](Method, package="isotopes.verify.methods", noun="test", error=PlanError)


def methods() -> dict[str, type[Method]]:
    """All tests by name: those in `verify/methods/`."""
    return _METHODS.all()


def get_method(name: str) -> Method:
    """The test called `name`.

    Raises:
        PlanError: there is none.
    """
    return _METHODS.get(name)()


def check_probes(method: str, probes: int, fewest: int) -> None:
    """Raise TooFewProbes if a label could never have enough of them."""
    if probes < fewest:
        raise TooFewProbes(
            f"{method} test needs at least {fewest} probes, got {probes}",
            hint="use more pictures of things other than the tested label",
        )
