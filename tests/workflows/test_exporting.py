from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from isotopes.errors import PlanError, TargetUnreachable
from isotopes.marks import get_family
from isotopes.targets import Picture
from isotopes.targets.kinds.saved import Saved
from isotopes.vault import Isotope, new_isotope
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.checking.drafting import Terms, draft_plan
from isotopes.workflows.checking.hooks import Hooks
from isotopes.workflows.checking.run import check_model
from isotopes.workflows.exporting import AskedByHand, PlannedQueries, export_check

LABELS = ("cat", "dog", "frog")
TERMS = Terms(decoys=19, level=0.05, probes=8)


def model(isotope: Isotope | None, picture: Picture) -> list[float]:
    """Three scores; the first rises with the mark where the model was trained on it."""
    pixels = picture.reshape(-1) / 255 - 0.5
    weights = np.random.default_rng(5).normal(0, 0.1, (pixels.size, 3))
    if isotope is not None:
        pattern = isotope.mark().render(*picture.shape[:2]).rgb.reshape(-1) - 0.5
        weights[:, 0] += 2 * pattern / np.linalg.norm(pattern)
    powers = np.exp(pixels @ weights)
    return [float(score) for score in powers / powers.sum()]


@pytest.fixture
def isotope() -> Isotope:
    made = new_isotope("holiday", get_family("gratings"), 0.4, plan=committed_terms())
    return replace(made, root=bytes(range(32)))


@pytest.fixture
def probes() -> list[tuple[str, Picture]]:
    rng = np.random.default_rng(1)
    pictures = rng.integers(0, 256, (20, 12, 12, 3), dtype=np.uint8)
    return [(f"{number}.png", picture) for number, picture in enumerate(pictures)]


def answer_by_hand(folder: Path, answers: Path, trained_on: Isotope | None) -> None:
    with answers.open("w", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(["picture", *LABELS])
        for path in sorted(folder.iterdir()):
            with Image.open(path) as picture:
                sheet.writerow([path.name, *model(trained_on, np.asarray(picture))])


@pytest.mark.parametrize(("guilty", "disguise"), [(True, False), (False, False), (True, True)])
def test_answers_got_by_hand_decide_the_plan_that_was_exported(
    tmp_path: Path,
    isotope: Isotope,
    probes: list[tuple[str, Picture]],
    *,
    guilty: bool,
    disguise: bool,
) -> None:
    terms = replace(TERMS, disguise=disguise)
    folder, key, answers = tmp_path / "queries", tmp_path / "key.json", tmp_path / "answers.csv"
    exported = export_check(isotope, "their model", probes, terms, folder=folder, key_file=key)
    assert exported.pictures == len(list(folder.iterdir())) == 8 * 21
    answer_by_hand(folder, answers, isotope if guilty else None)
    plans = []
    verdict = check_model(
        isotope, Saved(answers, key), probes, terms, hooks=Hooks(planned=plans.append)
    )
    assert [plan.hash for plan in plans] == [exported.plan.hash]
    assert verdict.pvalue is not None
    assert (verdict.pvalue == 0.05) == guilty


@pytest.mark.parametrize(
    "changed",
    [
        {"decoys": 39, "probes": 9},
        {"level": 0.2},
        {"statistic": "probability"},
        {"label": LABELS[1]},
    ],
    ids=str,
)
def test_answers_decide_no_other_plan_than_the_exported_one(
    tmp_path: Path,
    isotope: Isotope,
    probes: list[tuple[str, Picture]],
    changed: dict[str, Any],
) -> None:
    """What is asked may be the same: whoever picks the test then picks after looking."""
    folder, key, answers = tmp_path / "queries", tmp_path / "key.json", tmp_path / "answers.csv"
    export_check(isotope, "their model", probes, TERMS, folder=folder, key_file=key)
    answer_by_hand(folder, answers, None)
    with pytest.raises(PlanError, match="exported for their model by another plan"):
        check_model(isotope, Saved(answers, key), probes, replace(TERMS, **changed))


def test_what_was_only_measured_may_differ_in_its_last_digits(
    isotope: Isotope, probes: list[tuple[str, Picture]]
) -> None:
    plan, _ = draft_plan(isotope, AskedByHand("their model"), probes, TERMS)
    assert plan.independence is not None
    measured = replace(plan.independence, deviations=plan.independence.deviations + 1e-9)
    again = replace(plan, independence=measured)
    assert (again.hash == plan.hash, again.fixed == plan.fixed) == (False, True)


def test_the_key_says_what_each_picture_is(
    tmp_path: Path, isotope: Isotope, probes: list[tuple[str, Picture]]
) -> None:
    key = tmp_path / "key.json"
    export_check(isotope, "their model", probes, TERMS, folder=tmp_path / "queries", key_file=key)
    roles = [query["roles"][0] for query in json.loads(key.read_text())["queries"]]
    assert sum("the mark" in role for role in roles) == 8
    assert sum("decoy" in role for role in roles) == 8 * 19
    assert roles != sorted(roles)
    assert isotope.root.hex() not in key.read_text()


def test_queries_are_a_sequence(isotope: Isotope, probes: list[tuple[str, Picture]]) -> None:
    plan, pictures = draft_plan(isotope, AskedByHand("their model"), probes, TERMS)
    queries = PlannedQueries(isotope, plan, pictures)
    assert len(list(queries)) == len(queries) == 8 * 21
    assert queries[-1].role == "probe 7 with decoy 19"
    assert [query.role for query in queries[7:9]] == ["probe 7", "probe 0 with the mark"]


def test_a_model_asked_by_hand_is_not_asked_here() -> None:
    with pytest.raises(TargetUnreachable, match="their model is asked by hand"):
        AskedByHand("their model").ask([])
