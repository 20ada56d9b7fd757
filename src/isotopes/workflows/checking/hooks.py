"""Callbacks for a check, an audit or a claim while a model is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from isotopes.targets.asking.budget import Estimate, Spending
from isotopes.verify import Answers
from isotopes.verify.asking.recheck import Recheck

PlanT_contra = TypeVar("PlanT_contra", contravariant=True)


def _ignore(*_: object) -> None:
    """The default hook."""


@dataclass(frozen=True)
class Hooks(Generic[PlanT_contra]):
    """Functions that are called while a model is asked. Any of them may raise: asking ends then.

    Attributes:
        planned: called with the plan, before the first query.
        estimated: called next, with the most that asking will take.
        metered: called after that, with a function that tells what the run has asked for so far.
        rechecked: called with the outcome of asking some kept answers again.
        progress: called with pictures answered and pictures in all.
        answered: called with the plan and all answers so far, after each batch of a check; None
            if nobody looks.
    """

    planned: Callable[[PlanT_contra], None] = _ignore
    estimated: Callable[[Estimate], None] = _ignore
    metered: Callable[[Callable[[], Spending]], None] = _ignore
    rechecked: Callable[[Recheck], None] = _ignore
    progress: Callable[[int, int], None] = _ignore
    answered: Callable[[PlanT_contra, Answers], None] | None = None


SILENT: Hooks[Any] = Hooks()
