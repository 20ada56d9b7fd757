"""Audits that ask about the owners' own pictures: two people's photos, marked into one vault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from linear_model import SIDE, LinearModel
from PIL import Image
from same_process import SameProcess

import isotopes
from isotopes.errors import PlanError
from isotopes.report.sentences import combined_warnings
from isotopes.targets.asking.budget import Estimate
from isotopes.vault import Isotope, Vault
from isotopes.verify import Outcome, decide, load_answers
from isotopes.workflows.auditing_own import audit_own_pictures
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.hooks import Hooks
from isotopes.workflows.checking.own_pictures import OwnPictures, find_own_pictures
from isotopes.workflows.marking import MarkRequest, mark_into_vault, survey

PEOPLE = ("Ada", "Ben", "Cem")
Owned = list[tuple[Isotope, OwnPictures]]


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    """Three people's photos, each marked with their own isotope; tints at twice their contrast."""
    rng = np.random.default_rng(3)
    with Vault.create(tmp_path / "vault.db") as vault:
        for person in PEOPLE:
            folder = tmp_path / person
            folder.mkdir()
            for number in range(8):
                coarse = rng.integers(60, 196, (SIDE // 4, SIDE // 4, 3), dtype=np.uint8)
                photo = coarse.repeat(4, axis=0).repeat(4, axis=1)
                Image.fromarray(photo).save(folder / f"{number}.png")
            request = MarkRequest(folder, tmp_path / f"{person}-marked", person, alpha=1.0)
            mark_into_vault(request, vault, survey(request, SameProcess()), SameProcess())
        yield vault


@pytest.fixture
def owned(vault: Vault) -> Owned:
    found = []
    for person in PEOPLE:
        isotope = vault.get(person)
        own = find_own_pictures(isotope, vault.files(person))
        assert own is not None
        found.append((isotope, own))
    return found


def learned(isotope: Isotope) -> LinearModel:
    return LinearModel(isotope, strength=8.0, usual=2.0)


def test_the_mark_that_was_learned_is_found_and_no_other(owned: Owned) -> None:
    found = audit_own_pictures(owned, learned(owned[0][0]), level=0.05)
    assert found.combined is not None
    assert found.combined.verdict is Outcome.DETECTED
    assert [check.detected for check in found.combined.checks] == [True, False, False]
    assert [check.isotope for check in found.combined.checks] == list(PEOPLE)
    first, *others = found.verdicts
    assert first.queries == 200 * 6
    assert all(verdict.queries in (10 * 6, 200 * 6) for verdict in others)


def test_an_innocent_model_is_not_accused(owned: Owned) -> None:
    told: list[tuple[int, int]] = []
    found = isotopes.audit_own_pictures(
        owned, LinearModel(), disguise=True, progress=lambda done, of: told.append((done, of))
    )
    assert isinstance(found, isotopes.OwnAudit)
    assert found.combined is not None
    assert found.combined.level == 0.05
    assert {of for _, of in told} == {3 * 200 * 6}
    assert found.combined.verdict is Outcome.NOT_DETECTED
    assert all(verdict.disguised for verdict in found.verdicts)
    (warning,) = combined_warnings(found.combined)
    assert warning.startswith("all 3 checks: the queries were disguised: each showed its picture")


def test_what_it_takes_is_told_once_and_limits_hold_for_all(owned: Owned, tmp_path: Path) -> None:
    told: list[Estimate] = []
    kept = tmp_path / "kept"
    model = learned(owned[0][0])
    care = Care(queries=1230)
    short = audit_own_pictures(
        owned, model, level=0.05, care=care, hooks=Hooks(estimated=told.append), kept=kept
    )
    assert [one.queries for one in told] == [3 * 200 * 6]
    assert short.combined is None
    assert short.cut_short
    assert sum(verdict.queries for verdict in short.verdicts) <= 1230
    whole = audit_own_pictures(owned, model, level=0.05, kept=kept)
    fresh = audit_own_pictures(owned, model, level=0.05)
    assert whole.combined == fresh.combined
    again = [decide(answers, plan) for plan, answers in map(load_answers, kept.iterdir())]
    assert {one.isotope: one.pvalue for one in again} == {
        one.isotope: one.pvalue for one in whole.verdicts
    }


def test_one_isotope_is_for_a_check(owned: Owned) -> None:
    with pytest.raises(PlanError, match="takes at least 2 isotopes, got 1"):
        audit_own_pictures(owned[:1], LinearModel(), level=0.05)
