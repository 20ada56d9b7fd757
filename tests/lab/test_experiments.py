"""Every experiment trains, measures and reports, on pictures that take a second."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from isotopes.errors import IsotopesError
from isotopes.lab.pages.report import write_table_page
from isotopes.lab.runner.results import Results, gather_outcomes, read_results, write_results
from isotopes.lab.runner.run import run_trials
from isotopes.lab.tasks.cifar100 import Cifar100
from isotopes.lab.trials.experiment import experiments, get_experiment


@pytest.fixture(scope="module")
def engine() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.mark.parametrize("name", sorted(experiments()))
def test_every_experiment_runs_from_end_to_end(
    name: str, tiny: Path, engine: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "table5":  # each answer is a request: the fewest decoys that can tell 0.1
        monkeypatch.setattr("isotopes.lab.trials.measures.DECOYS", 9)
    if name == "disguise":  # it always asks all decoys about each
        monkeypatch.setattr("isotopes.lab.trials.own_pictures.askers.PICTURES", 1)
    if name == "forgetting":  # 20 pictures a label, and some must be left
        usual = Cifar100.settings
        desk = {"desk": replace(usual["desk"], per_label=12)}
        monkeypatch.setattr(Cifar100, "settings", {**usual, **desk})
    experiment = get_experiment(name)
    trials = list(experiment.trials("desk"))
    some = [trials[0], trials[-1]]
    outcomes = run_trials(some, tiny / "cache", engine)
    results = gather_outcomes(experiment, "desk", some, outcomes, name)
    assert results.failures == []
    columns = {column for row in results.rows for column in row}
    assert {*experiment.figure.conditions, *experiment.figure.measures, "seed"} <= columns
    for claim in experiment.claims:
        assert {claim.measure, *claim.where} <= columns
    read = read_results(write_results(results, tiny / "tables"))
    assert read.command == f"isotopes lab run {name} --scale desk"
    page = write_table_page(read, tiny / "pages").read_text(encoding="utf-8")
    assert experiment.source in page
    assert list(read.measured_on.values()) == [2]
    assert f"on {next(iter(read.measured_on))}; 20" in page
    assert page.count("\n| ") >= 3
    assert (tiny / "pages" / f"{name}-desk.png").stat().st_size > 5000


@pytest.mark.parametrize(
    ("noted", "said"),
    [
        ({}, "on cores 2, torch 2.11; 2026"),
        ({"gpu B": 3, "cores 2": 1}, "on gpu B (trials: 3); cores 2 (trials: 1); 2026"),
        ({"gpu B": 3}, "on gpu B (trials: 3); a machine that was not noted (trials: 1); 2026"),
    ],
)
def test_a_page_says_which_trials_were_measured_where(
    noted: dict[str, int], said: str, tmp_path: Path
) -> None:
    machine, versions = {"cores": "2"}, {"torch": "2.11"}
    command = "isotopes lab run table3"
    results = Results("table3", "desk", [], 4, [], 60.0, command, "2026", machine, versions, noted)
    assert said in write_table_page(results, tmp_path).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(experiments()))
def test_every_experiment_has_seeds_of_its_own(name: str, tiny: Path) -> None:
    experiment = get_experiment(name)
    for scale, seeds in (("desk", 3), ("paper", 5)):
        if scale not in experiment.scales:
            continue
        trials = list(experiment.trials(scale))  # type: ignore[arg-type]
        found = {model.seed for one in trials for model in one.models()}  # type: ignore[union-attr]
        # Those that train nothing have seeds themselves.
        assert len(found or {one.seed for one in trials}) >= seeds  # type: ignore[attr-defined]
        assert len(set(trials)) == len(trials)


def test_an_unknown_experiment_names_those_there_are() -> None:
    with pytest.raises(IsotopesError, match="no experiment is called 'fig99'") as caught:
        get_experiment("fig99")
    assert "fig7" in (caught.value.hint or "")
