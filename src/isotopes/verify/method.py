"""What a test is to the rest of the house, and the registry of them."""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PlanError
from isotopes.verify.evidence import Evidence
from isotopes.verify.plan import Plan


@dataclass(frozen=True, eq=False)
class Finding:
    """What a test found in the evidence.

    Attributes:
        significant: it says that the mark was in the data.
        column: the label in the evidence that it speaks of.
        sentence: the finding in words, without the verdict.
        pvalue: exact; None where the test has none.
        score: what the mark scored in the test.
        decoy_scores: what the decoys scored in it, shape (decoys,).
        details: whatever else a reader needs to check it by hand; JSON.
    """

    significant: bool
    column: int
    sentence: str
    pvalue: float | None
    score: float
    decoy_scores: NDArray[np.float64]
    details: Mapping[str, Any] = field(default_factory=dict)


class Method(ABC):
    """A test of one mark. A new one is a new file in `verify/`: nothing else changes.

    Class attributes:
        name: what the command line and the plan call it.
        summary: one line for people.
        statistic, level, decoys, probes: what a plan takes where nobody says otherwise.
        fewest: the fewest probes that a label may have left.
        settings: names and defaults of the numbers that only this test has.
        warning: what every verdict by this test says; None where it is exact.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    statistic: ClassVar[str]
    level: ClassVar[float]
    decoys: ClassVar[int]
    probes: ClassVar[int]
    fewest: ClassVar[int]
    settings: ClassVar[Mapping[str, float]] = MappingProxyType({})
    warning: ClassVar[str | None] = None

    def check(self, plan: Plan) -> None:
        """Could this plan ever give an answer? Asked before the first query.

        Raises:
            PlanError: settings that this test does not have, or values that it can't use.
            TooFewDecoys, TooFewProbes: no outcome could reach the level.
        """
        if plan.settings.keys() != self.settings.keys():
            raise PlanError(
                f"the settings of {self.name} are: {', '.join(self.settings) or 'none'},"
                f" got: {', '.join(plan.settings) or 'none'}"
            )

    def sizes(self, probes: int) -> tuple[int, Mapping[str, float]]:
        """How many pictures to draw, and which settings follow, where a person asks for so many
        probes."""
        return probes, {}

    def probes_needed(self, plan: Plan) -> int:
        """The fewest probes that a label may have left under this plan."""
        return self.fewest

    @abstractmethod
    def test(self, evidence: Evidence, plan: Plan) -> Finding:
        """Look at the evidence."""


@cache
def methods() -> dict[str, type[Method]]:
    """All tests by name: those in the files of `verify/`."""
    package = importlib.import_module("isotopes.verify")
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
    return {method.name: method for method in Method.__subclasses__()}


def get_method(name: str) -> Method:
    """The test called `name`.

    Raises:
        PlanError: there is none.
    """
    known = methods()
    if name not in known:
        raise PlanError(
            f"no test is called {name!r}", hint=f"choose one of: {', '.join(sorted(known))}"
        )
    return known[name]()
