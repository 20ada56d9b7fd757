"""Isotopes when nobody names the label that the model gives to a person's pictures."""

from __future__ import annotations

from typing import ClassVar

from isotopes.lab.methods.isotopes import LEVEL, Isotopes, mark_scores
from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene
from isotopes.stats.exact.rank import rank_test_over_labels


class IsotopesSearch(AuditMethod):
    name: ClassVar[str] = "isotopes, any label"
    summary: ClassVar[str] = "the same pictures; the rank of the label that rises most"
    source: ClassVar[str] = Isotopes.source
    needs: ClassVar[Needs] = Needs(knows_label=False)
    exact: ClassVar[bool] = True
    publishes: ClassVar[str | None] = Isotopes.name

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        result = rank_test_over_labels(mark_scores(asked, owner, scene), level=LEVEL)
        return AuditFinding(result.statistic, result.pvalue)
