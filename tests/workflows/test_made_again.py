"""A folder that a generator was asked for, checked again: its looks count as they did."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from command_line import isotopes as run
from soft_pictures import soft_generator

import isotopes
from isotopes.errors import BudgetExhausted, FolderError, PlanError
from isotopes.marks import get_family
from isotopes.vault import Isotope, Vault, new_isotope
from isotopes.verify.methods.terms import committed_terms
from isotopes.verify.verdicts.pictures import PictureVerdict
from isotopes.workflows.checking.guarding import Care

TERMS: dict[str, Any] = {"decoys": 99, "level": 0.03}


@pytest.fixture(scope="module")
def isotope() -> Isotope:
    return new_isotope("holiday", get_family("gratings"), 0.2, plan=committed_terms())


def ask(isotope: Isotope, made: Path, learned: Isotope | None, **how: Any) -> PictureVerdict:
    prompts = ["my dog", "a cat"]
    generator = soft_generator(learned)
    return isotopes.check_generator(
        isotope, generator, prompts, made, each=6, looks=3, **TERMS, **how
    )


@pytest.mark.parametrize("learned", [True, False])
def test_it_gets_the_same_verdict_by_the_same_plan(
    tmp_path: Path, isotope: Isotope, learned: bool
) -> None:
    verdict = ask(isotope, tmp_path / "made", isotope if learned else None)
    assert verdict.look == (1 if learned else 3)
    again = isotopes.check_pictures(isotope, tmp_path / "made", **TERMS)
    assert again.to_dict() == verdict.to_dict()


def test_pictures_of_a_look_that_was_cut_short_wait(tmp_path: Path, isotope: Isotope) -> None:
    made = tmp_path / "made"
    for budget, message in ((3, "holds 3 of the 4 pictures that the first look takes"), (3, "")):
        with pytest.raises(BudgetExhausted):
            ask(isotope, made, None, care=Care(queries=budget))
        if message:
            with pytest.raises(PlanError, match=message):
                isotopes.check_pictures(isotope, made, **TERMS)
    assert len(list(made.rglob("*.png"))) == 6
    found = isotopes.check_pictures(isotope, made, **TERMS)
    assert (found.look, found.looks, found.pictures) == (1, 3, 4)


def test_a_single_group_of_it_is_refused(tmp_path: Path, isotope: Isotope) -> None:
    made = tmp_path / "made"
    ask(isotope, made, isotope)
    with pytest.raises(PlanError, match="a part of what a generator was asked for") as refused:
        isotopes.check_pictures(isotope, made / "my dog", **TERMS)
    assert refused.value.hint == f"name {made}"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": "isotopes-made/9"}, "another version of isotopes"),
        ({"looks": 0}, "looks must be 1 to 6"),
        ({"each": "many"}, "can't be read as what a generator was asked for"),
        ({"prompts": [["../../elsewhere", "my dog"]]}, "a group must be a folder's name"),
        ({"prompts": 7}, "can't be read as what a generator was asked for"),
        ({"identity": None}, "can't be read as what a generator was asked for"),
    ],
)
def test_what_it_says_of_itself_is_checked(
    tmp_path: Path, isotope: Isotope, changed: dict[str, object], message: str
) -> None:
    made = tmp_path / "made"
    ask(isotope, made, isotope)
    about = json.loads((made / "made.json").read_text())
    (made / "made.json").write_text(json.dumps(about | changed))
    with pytest.raises(FolderError, match=message):
        isotopes.check_pictures(isotope, made, **TERMS)


def test_the_command_says_which_look_it_was(tmp_path: Path, isotope: Isotope) -> None:
    verdict = ask(isotope, tmp_path / "made", isotope)
    shutil.copytree(tmp_path / "made", tmp_path / "sent")
    with Vault.create(tmp_path / "vault") as vault:
        vault.add(isotope)
    words = ["check", "holiday", "--pictures", str(tmp_path / "sent")]
    words += ["--vault", str(tmp_path / "vault"), "--decoys", "99", "--level", "0.03"]
    found = run(*words)
    assert "  look: 1 of 3" in found.out, found.printed
    assert json.loads(run(*words, "--json").out)["pvalue"] == verdict.pvalue
