"""At packed scale conditions share models, and each keeps labels and marks of its own."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_lab import LABELS
from typer.testing import CliRunner

from isotopes.cli.commands import lab
from isotopes.errors import IsotopesError
from isotopes.lab.models.mark_spec import Drawn
from isotopes.lab.pages.report import write_table_page
from isotopes.lab.runner.packed import share_models, trials_of
from isotopes.lab.runner.results import gather_outcomes
from isotopes.lab.runner.run import run_trials
from isotopes.lab.trials.experiment import Experiment, experiments, get_experiment
from isotopes.lab.trials.marks_trial import MarksTrial, marks_trial

pytestmark = pytest.mark.usefixtures("tiny")
PACKED = [one for one in experiments().values() if "packed" in one.scales]


@pytest.fixture(scope="module")
def packed(tiny: Path) -> dict[str, list[MarksTrial]]:
    return trials_of(PACKED, "packed")  # type: ignore[return-value]


def sharing(packed: dict[str, list[MarksTrial]]) -> list[MarksTrial]:
    return [trial for one in PACKED if one.shares_models for trial in packed[one.name]]


def test_all_that_the_paper_shows_of_cifar100_is_there(packed: dict[str, list[MarksTrial]]) -> None:
    assert set(packed) == {"fig7", "fig9", "fig10", "fig11", "fig20", "table3"}


def test_no_label_and_no_mark_serves_two_conditions(packed: dict[str, list[MarksTrial]]) -> None:
    trials = sharing(packed)
    models = {trial.model for trial in trials}
    assert len(models) < len(trials) / 3
    for model in models:
        mine = [trial for trial in trials if trial.model == model]
        assert [one for trial in mine for one in trial.own] == list(model.isotopes)
        uses = Counter(label for trial in mine for label in {one.label for one in trial.own})
        assert set(uses.values()) == {1}
        assert len(uses) <= LABELS / 2
        assert len({one.mark for one in model.isotopes}) == len(model.isotopes)


def test_there_is_one_cartoon_so_it_is_in_one_label(packed: dict[str, list[MarksTrial]]) -> None:
    marks = [one.mark for trial in sharing(packed) for one in trial.own]
    assert sum(isinstance(mark, Drawn) and mark.family == "hello_kitty" for mark in marks) == 1


def test_packing_changes_labels_and_nothing_else(packed: dict[str, list[MarksTrial]]) -> None:
    for one in PACKED:
        for alone, shared in zip(one.trials("packed"), packed[one.name], strict=True):
            assert isinstance(alone, MarksTrial)
            assert shared.condition == alone.condition
            assert [replace(isotope, label=0) for isotope in shared.isotopes] == [
                replace(isotope, label=0) for isotope in alone.isotopes
            ]
            if not one.shares_models:
                assert shared == alone


def test_the_order_in_which_experiments_are_named_changes_nothing(
    packed: dict[str, list[MarksTrial]],
) -> None:
    reverse: list[Experiment] = PACKED[::-1]
    assert trials_of(reverse, "packed") == packed


def test_a_trial_that_is_too_large_can_not_share() -> None:
    many = marks_trial(
        "cifar100", "packed", 0, alpha=0.4, mark_fraction=0.1, labels=LABELS // 2 + 1, condition={}
    )
    with pytest.raises(IsotopesError, match="marks 11 labels can't share a model"):
        share_models([many])


def test_what_shares_a_model_is_measured_each_for_itself(
    packed: dict[str, list[MarksTrial]], tiny: Path
) -> None:
    trials = [packed["table3"][0], packed["table3"][1]]
    with ThreadPoolExecutor(1) as engine:
        outcomes = run_trials(trials, tiny / "cache", engine)
    results = gather_outcomes(get_experiment("table3"), "packed", trials, outcomes, "all")
    assert [row["marks_per_label"] for row in results.rows] == [2, 2, 3, 3, 3]
    first, second = (trial.own[0].label for trial in trials)
    assert [row["label"] for row in results.rows] == [first] * 2 + [second] * 3
    assert "label_accuracy_lost" in results.rows[0]
    assert "accuracy" not in results.rows[0]
    assert results.command == "isotopes lab run all --scale packed"
    page = write_table_page(results, tiny / "pages").read_text(encoding="utf-8")
    assert "Conditions share models here" in page


def test_an_experiment_without_that_scale_says_which_it_has() -> None:
    done = CliRunner().invoke(lab.app, ["run", "fig8", "--scale", "packed"])
    assert isinstance(done.exception, IsotopesError)
    assert str(done.exception) == "fig8 has no packed scale"
    assert done.exception.hint == "it has: desk, paper"
