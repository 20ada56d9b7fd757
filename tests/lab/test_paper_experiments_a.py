"""The experiments of sections 5.2 to 5.4 train what the paper describes, at both scales."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_lab import LABELS

from isotopes.lab.experiments.false_positives import UnusedMarksTrial
from isotopes.lab.experiments.fig10 import DISTANCES
from isotopes.lab.models.answers import MarkAnswers
from isotopes.lab.models.mark_spec import Drawn, MarkSpec, Mixed, drawn
from isotopes.lab.models.marked_model import IsotopeSpec, MarkedModel
from isotopes.lab.pages.plot import STYLES
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import PaperNumber, Row, Trial, experiments, get_experiment
from isotopes.lab.trials.marks_trial import MarksTrial
from isotopes.lab.trials.measures import EXTERNALS, claim_rates, decoys, externals
from isotopes.lab.trials.summary import compare, mean_of
from isotopes.marks import linf_distance

SCALES: tuple[Scale, ...] = ("desk", "paper")
pytestmark = pytest.mark.usefixtures("tiny")
scales = pytest.mark.parametrize("scale", SCALES)


def trials_of(name: str, scale: Scale) -> list[MarksTrial]:
    return [_marks_trial(trial) for trial in get_experiment(name).trials(scale)]


def _marks_trial(trial: Trial) -> MarksTrial:
    found = trial.every if isinstance(trial, UnusedMarksTrial) else trial
    assert isinstance(found, MarksTrial)
    return found


@pytest.mark.parametrize("name", sorted(experiments()))
def test_each_claim_speaks_of_a_trial_at_paper_scale(name: str) -> None:
    experiment = get_experiment(name)
    trials = [*experiment.trials("paper")]
    if not all(isinstance(trial, MarksTrial | UnusedMarksTrial) for trial in trials):
        pytest.skip("only the rows tell the conditions")
    told = [dict(_marks_trial(trial).condition) for trial in trials]
    for claim in experiment.claims:
        assert any(claim.speaks_of(condition) for condition in told), claim


@scales
@pytest.mark.parametrize("name", ["false_positives", "fig11", "fig7"])
def test_one_mark_in_one_label(name: str, scale: Scale) -> None:
    for trial in get_experiment(name).trials(scale):
        model, innocent = trial.models()
        assert isinstance(model, MarkedModel)
        assert innocent == model.innocent
        (isotope,) = model.isotopes
        fixed = {"alpha": 0.4, "share": 0.25, "task": "cifar100"}
        told = fixed | dict(_marks_trial(trial).condition)
        assert (isotope.alpha, isotope.mark_fraction) == (told["alpha"], told["share"])
        assert model.task == told["task"]


def test_false_positives_are_measured_on_models_of_figure_7() -> None:
    trained = [trial.models()[0] for trial in get_experiment("fig7").trials("desk")]
    asked = [trial.models()[0] for trial in get_experiment("false_positives").trials("desk")]
    others = [model for model in asked if model not in trained]
    assert {model.task for model in others if isinstance(model, MarkedModel)} == {"yaleb"}


@scales
def test_fig8_marks_many_people(scale: Scale) -> None:
    for trial in trials_of("fig8", scale):
        labels = {isotope.label for isotope in trial.model.isotopes}
        assert len(labels) == len(trial.model.isotopes) == {"desk": 8, "paper": 20}[scale]
        assert trial.model.task == "faces"


@scales
def test_fig9_marks_a_share_of_the_labels_each_with_a_mark_of_its_own(scale: Scale) -> None:
    for trial in trials_of("fig9", scale):
        isotopes = trial.model.isotopes
        share = dict(trial.condition)["labels_marked"]
        assert isinstance(share, float)
        assert len(isotopes) == round(LABELS * share) == len({one.label for one in isotopes})
        assert len({one.mark for one in isotopes}) == len(isotopes)


@scales
def test_table3_marks_one_label_with_several_marks(scale: Scale) -> None:
    for trial in trials_of("table3", scale):
        isotopes = trial.model.isotopes
        assert len(isotopes) == dict(trial.condition)["marks_per_label"]
        assert len({one.label for one in isotopes}) == 1
        assert len({one.mark for one in isotopes}) == len(isotopes)


@scales
def test_fig10_sets_the_distance_of_two_marks_in_different_labels(scale: Scale) -> None:
    trials = [_marks_trial(trial) for trial in get_experiment("fig10").trials(scale)]
    for trial in trials[: len(DISTANCES[scale])]:
        first, second = trial.model.isotopes
        assert first.label != second.label
        assert isinstance(second.mark, Mixed)
        whole = linf_distance(first.mark.make(), second.mark.second.make())
        apart = linf_distance(first.mark.make(), second.mark.make())
        assert any(abs(apart - min(one, whole)) < 0.005 for one in DISTANCES[scale])
        assert dict(trial.condition) == {"distance": pytest.approx(apart, abs=0.0051)}


def test_v_compares_a_mixed_mark_with_plain_ones_of_its_family() -> None:
    first, second = (drawn("gratings", "0" * 64, index) for index in range(2))
    mixed = Mixed(first, second, 0.1)
    assert externals(mixed) == externals(second)
    assert all(isinstance(mark, Drawn) for mark in externals(mixed))
    assert all(isinstance(mark, Mixed) for mark in decoys(mixed)[:EXTERNALS])


def test_marks_of_different_rules_are_told_apart_by_decoys_of_their_own() -> None:
    first, other = (drawn("gratings", "0" * 64, index) for index in range(2))
    second = Mixed(first, other, 0.5)
    marks: list[MarkSpec] = [first, second]
    isotopes = [IsotopeSpec(label, mark, 0.4, 0.1) for label, mark in enumerate(marks)]
    marks += [*decoys(first), *decoys(second)]
    values = np.full((len(marks), 30, 3), 0.2)
    values[0, :, 0] = values[1, :, 1] = 0.6
    assert _told_apart(isotopes, marks, values) == [1.0, 1.0]
    values[2, :, 1] = 0.9  # a decoy of the first says nothing about the second
    assert _told_apart(isotopes, marks, values) == [1.0, 1.0]
    values[-1, :, 1] = 0.9
    assert _told_apart(isotopes, marks, values) == [0.0, 0.0]


def _told_apart(
    isotopes: list[IsotopeSpec], marks: list[MarkSpec], values: NDArray[np.float64]
) -> list[float | None]:
    clean = np.full((30, 3), [0.1, 0.1, 0.8])
    places = {mark: place for place, mark in enumerate(marks)}
    answers = MarkAnswers(places, values, clean, np.full(30, 2))
    return claim_rates(answers, isotopes, level=0.01)


def test_a_claim_says_how_far_off_we_may_be() -> None:
    rows: list[Row] = [{"seed": seed, "lost": 0.03} for seed in range(3)]
    found = compare(
        [PaperNumber("lost", "<=", 0.01), PaperNumber("lost", "<=", 0.01, tolerance=0.01)], rows
    )
    assert [one.agrees for one in found] == [True, False]


@pytest.mark.parametrize("name", sorted(experiments()))
def test_every_measure_of_a_figure_has_a_style_of_its_own(name: str) -> None:
    assert len(get_experiment(name).figure.measures) <= len(STYLES)


def test_a_mean_lies_between_its_seeds() -> None:
    """It is drawn as the middle of a bar: rounding must not put it outside."""
    rows: list[Row] = [{"seed": seed, "v": 0.8} for seed in range(3)]
    found = mean_of(rows, "v")
    assert np.mean([0.8, 0.8, 0.8]) != 0.8
    assert found is not None
    assert (found.low, found.mean, found.high) == (0.8, 0.8, 0.8)
