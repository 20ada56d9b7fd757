"""What a sweep says of one target: of each of very many marks, by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.many.sweep import SweepResult
from isotopes.verify.plans.audit import AuditPlan
from isotopes.verify.verdicts.outcome import Outcome


@dataclass(frozen=True, eq=False)
class SweepVerdict:
    """What a sweep found.

    Attributes:
        plan: what was fixed before the first query.
        labels: that the model answers with, in the order of the columns of `found`.
        found: of each mark, in the plan's order.
    """

    plan: AuditPlan
    labels: tuple[str, ...]
    found: SweepResult

    @property
    def verdict(self) -> Outcome:
        """Detected where a mark is attributed; where the model saw none, with at most the level."""
        attributed = self.found.attributed.any()
        return Outcome.DETECTED if attributed else Outcome.NOT_DETECTED

    def ranked(self) -> NDArray[np.intp]:
        """The marks by number, those that stand out most first."""
        return np.lexsort((-self.found.statistics, self.found.pvalues))

    def summary(self) -> dict[str, Any]:
        """The outcome in numbers, as JSON types; the marks themselves go into a table."""
        found = self.found
        return {
            "verdict": self.verdict.value,
            "target": self.plan.target,
            "plan": self.plan.hash,
            "marks": len(found.labels),
            "attributed": int(found.attributed.sum()),
            "claimed": int((~np.isnan(found.claim_pvalues)).sum()),
            "upheld": int(found.upheld.sum()),
            "level": found.level,
            "decoys": found.decoys,
            "smallest_pvalue": 1 / (found.decoys + 1),
        }
