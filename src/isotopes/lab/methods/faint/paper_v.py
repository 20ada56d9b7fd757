"""V, the paper's Algorithm 1, on the faint isotopes."""

from __future__ import annotations

from typing import ClassVar

from isotopes.lab.methods.faint.own_pictures import ALPHA, FaintIsotopes, faint_mark
from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene
from isotopes.lab.methods.paper_v import PaperV, paper_v_score


class FaintPaperV(AuditMethod):
    name: ClassVar[str] = "V, 28 dB"
    summary: ClassVar[str] = "the faint isotopes; paired t-tests against one external mark"
    source: ClassVar[str] = PaperV.source
    needs: ClassVar[Needs] = PaperV.needs
    exact: ClassVar[bool] = False
    faint: ClassVar[bool] = True
    publishes: ClassVar[str | None] = FaintIsotopes.name

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        return AuditFinding(paper_v_score(asked, owner, scene, faint_mark(owner), ALPHA))
