"""Anchors and probes that carry a mark are refused; for claims see `test_claims.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from anchored_target import Anchored, anchors_with
from inline_executor import InlineExecutor
from linear_model import SIDE, LinearModel

from isotopes.blending import blend
from isotopes.errors import PlanError
from isotopes.marks import get_family
from isotopes.targets import Picture, Target
from isotopes.vault import Isotope, new_isotope
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows import auditing
from isotopes.workflows.audit_terms import AuditTerms
from isotopes.workflows.auditing import draft_audit
from isotopes.workflows.checking.drafting import Terms, draft_plan

Probes = list[tuple[str, Picture]]
Draft = Callable[[Sequence[Isotope], Target, Probes], object]
OPTIONS = AuditTerms(probes=20, decoys=100)


@pytest.fixture(scope="module")
def people() -> list[Isotope]:
    family, plan = get_family("gratings"), committed_terms()
    return [
        new_isotope(f"person {at}", family, 0.4, plan=plan, root=bytes([at + 1]) * 32)
        for at in range(3)
    ]


def by_check(people: Sequence[Isotope], target: Target, probes: Probes) -> object:
    return draft_plan(people[1], target, probes, Terms(level=0.05, decoys=39))


def by_audit(people: Sequence[Isotope], target: Target, probes: Probes) -> object:
    return draft_audit(people, target, probes, OPTIONS)


def by_workers(people: Sequence[Isotope], target: Target, probes: Probes) -> object:
    """As a sweep of very many marks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auditing, "MARKS_AT_ONCE", 1)
        return draft_audit(people, target, probes, OPTIONS, executor=InlineExecutor())


EVERY_DRAFT = pytest.mark.parametrize("draft", [by_check, by_audit, by_workers])


@EVERY_DRAFT
def test_a_few_marked_anchors_of_one_label_are_refused(
    draft: Draft, people: list[Isotope], probes: Probes
) -> None:
    encoder = Anchored(LinearModel(), anchors_with(people[1], 3))
    with pytest.raises(PlanError, match="the 6 anchors of label 'mine'"):
        draft(people, encoder, probes)


@EVERY_DRAFT
def test_clean_anchors_are_taken(draft: Draft, people: list[Isotope], probes: Probes) -> None:
    assert draft(people, Anchored(LinearModel(), anchors_with(people[1], 0)), probes)


@EVERY_DRAFT
def test_probes_that_carry_one_of_the_marks_are_refused(
    draft: Draft, people: list[Isotope], probes: Probes
) -> None:
    marked = [(name, blend(one, people[1].mark(), 0.8)) for name, one in probes[:20]]
    with pytest.raises(PlanError, match="20 of the probes carry the mark already"):
        draft(people, LinearModel(), marked)


@pytest.mark.parametrize("draft", [by_audit, by_workers])
def test_an_audit_refuses_probes_made_from_a_key(
    draft: Draft, people: list[Isotope], probes: Probes
) -> None:
    """They contain the mark's negative, which decoys spoil: an innocent model would be accused."""
    pattern = 255 * (people[1].mark().render(SIDE, SIDE).rgb - 0.5)
    made = [(name, np.clip(one - 0.15 * pattern, 0, 255).astype(np.uint8)) for name, one in probes]
    with pytest.raises(PlanError, match="the 20 probes depend on one of the marks"):
        draft(people, LinearModel(), made)
