"""V, the paper's Algorithm 1, on the same isotopes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from isotopes.lab.methods.isotopes import ALPHA, Isotopes, mark_of
from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene
from isotopes.lab.models.answers import ask_marks
from isotopes.lab.models.mark_spec import Drawn
from isotopes.stats.paper.paired_t import draw_samples, paired_t

PROBES, SIZE, ROUNDS, SHARE = 500, 250, 5, 0.6  # n, Q and delta of section 5.1
LEAST = 1e-300


class PaperV(AuditMethod):
    name: ClassVar[str] = "V"
    summary: ClassVar[str] = "the same pictures; paired t-tests against one external mark"
    source: ClassVar[str] = "Wenger et al. 2024, Algorithm 1"
    needs: ClassVar[Needs] = Needs()
    exact: ClassVar[bool] = False
    publishes: ClassVar[str | None] = Isotopes.name

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        return AuditFinding(paper_v_score(asked, owner, scene, mark_of(owner), ALPHA))


def paper_v_score(asked: Asked, owner: Owner, scene: Scene, mark: Drawn, alpha: float) -> float:
    """-log10 of the smallest lambda at which V detects the mark."""
    external = mark.decoy(0)
    probes = scene.some_probes(owner, PROBES, not_of=owner.label)
    answers = ask_marks(asked.predict, probes, [mark, external], alpha)
    samples = draw_samples(bytes.fromhex(owner.key), len(probes), min(SIZE, len(probes)), ROUNDS)
    marked, unmarked = (answers.column(one, owner.label) for one in (mark, external))
    needed = int(np.ceil(SHARE * ROUNDS - 1e-9))
    pvalue = np.sort(paired_t(marked, unmarked, samples).pvalues)[needed - 1]
    return -float(np.log10(max(pvalue, LEAST)))
