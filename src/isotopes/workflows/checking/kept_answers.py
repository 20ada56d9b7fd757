"""Where the answers to a plan are saved while it is asked, so that nothing is asked twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from isotopes.errors import FolderError
from isotopes.verify import Answers, Collector, Plan
from isotopes.verify.plans.audit import AuditPlan

AnyPlan = TypeVar("AnyPlan", Plan, AuditPlan)


@dataclass(frozen=True)
class KeptAnswers(Generic[AnyPlan]):
    """A file or folder of answers.

    Attributes:
        path: None if they are kept nowhere.
        load, save: its format.
        place: "file" or "folder", for messages.
    """

    path: Path | None
    load: Callable[[Path], tuple[AnyPlan, Answers]]
    save: Callable[[Path, AnyPlan, Answers], None]
    place: str

    def earlier(self, plan: AnyPlan) -> Answers:
        """The saved answers to this plan; none if nothing was saved.

        Raises:
            FolderError: it holds answers to another plan, or something else.
        """
        if self.path is None or not self.path.exists():
            return Answers.none_yet(plan)
        saved_plan, answers = self.load(self.path)
        if saved_plan.hash != plan.hash:
            raise FolderError(
                f"{self.path} holds the answers to another plan",
                hint=f"name another {self.place}: answers are never written over",
            )
        return answers

    @contextmanager
    def saved(self, plan: AnyPlan, collector: Collector) -> Iterator[None]:
        """Save the plan before and the answers after the block, however it ends.

        Unless the block reaches `collector.complete`, the answers are marked as cut short.
        """
        if self.path is None:
            yield
            return
        self.save(self.path, plan, collector.view())
        try:
            yield
        finally:
            self.save(self.path, plan, collector.view())
