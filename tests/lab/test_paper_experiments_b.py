"""The experiments of sections 6 and 7 train and ask what the paper describes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from isotopes.lab.experiments.fig13 import UNFROZEN, TransferTrial
from isotopes.lab.experiments.table4 import ThingTrial
from isotopes.lab.models.physical import KINDS, Thing, wear
from isotopes.lab.models.transfer_model import TransferModel, layers_of, take_over
from isotopes.lab.networks import architectures, get_architecture
from isotopes.lab.runner.store import Store
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import get_experiment

SCALES: tuple[Scale, ...] = ("desk", "paper")
scales = pytest.mark.parametrize("scale", SCALES)
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module", autouse=True)
def lab(tiny: Path) -> Path:
    return tiny / "cache"


@pytest.fixture(scope="module")
def store(lab: Path) -> Store:
    return Store(lab)


def faces(count: int, side: int = 64) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(3).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


@kinds
def test_an_object_is_seen_and_hides_a_part_only(kind: str) -> None:
    bare = faces(4)
    worn = wear(bare, Thing(kind, "ab" * 32, 0), np.random.default_rng(0))
    changed = (worn != bare).any(axis=3).mean(axis=(1, 2))
    assert (changed > 0.002).all()
    assert (changed < 0.4).all()
    np.testing.assert_array_equal(bare, faces(4))


@kinds
def test_no_two_pictures_have_it_at_the_same_place(kind: str) -> None:
    grey = np.full((3, 64, 64, 3), 90, np.uint8)
    one, two, three = wear(grey, Thing(kind, "ab" * 32, 0), np.random.default_rng(0))
    assert (one != two).any()
    assert (two != three).any()


@kinds
def test_the_same_object_is_always_painted_alike_and_others_differ(kind: str) -> None:
    thing = Thing(kind, "ab" * 32, 0)
    assert thing.paint().tobytes() == Thing(kind, "ab" * 32, 0).paint().tobytes()
    assert thing.paint().tobytes() != thing.other(0).paint().tobytes()
    assert thing.other(0).paint().tobytes() != thing.other(1).paint().tobytes()
    assert thing.paint().tobytes() != Thing(kind, "cd" * 32, 0).paint().tobytes()


def test_a_quarter_of_one_persons_pictures_have_the_object() -> None:
    for trial in list(get_experiment("table4").trials("desk"))[: len(KINDS)]:
        assert isinstance(trial, ThingTrial)
        worn, bare = trial.worn.pictures(), trial.worn.bare.pictures()
        changed = np.flatnonzero((worn.pixels != bare.pixels).any(axis=(1, 2, 3)))
        assert (worn.labels[changed] == trial.worn.label).all()
        assert len(changed) == round(0.25 * (bare.labels == trial.worn.label).sum())


def test_each_seed_has_each_object_once_on_a_person_of_its_own() -> None:
    by_seed: dict[int, list[ThingTrial]] = {}
    for trial in get_experiment("table4").trials("desk"):
        assert isinstance(trial, ThingTrial)
        by_seed.setdefault(trial.worn.bare.seed, []).append(trial)
    assert len(by_seed) == 3
    for some in by_seed.values():
        assert [trial.worn.thing.kind for trial in some] == list(KINDS)
        assert len({trial.worn.label for trial in some}) == len(KINDS)


def test_objects_are_measured(store: Store) -> None:
    trial = next(iter(get_experiment("table4").trials("desk")))
    for model in trial.models():
        store.train(model)
    (row,) = store.measure(trial).rows
    assert row["object"] == "dots"
    for name in ("v", "v_swapped", "v_innocent", "rank_pvalue", "accuracy", "innocent_accuracy"):
        value = row[name]
        assert isinstance(value, float)
        assert 0 <= value <= 1
    assert row["rank_pvalue"] * 20 == pytest.approx(round(row["rank_pvalue"] * 20))  # type: ignore[operator, arg-type]


@pytest.mark.parametrize("name", ["compact", "resnet6", "sphereface20"])
def test_layers_hold_all_parameters_from_input_to_output(name: str) -> None:
    network = get_architecture(name).build(7)
    names = [one for layer in layers_of(network) for one in layer]
    assert names == [one for one, _ in network.named_parameters()]
    assert all(network.get_parameter(layer[0]).ndim > 1 for layer in layers_of(network))


def test_the_desk_network_has_as_many_layers_as_are_unfrozen() -> None:
    assert len(layers_of(architectures()["compact"].build(3))) == max(UNFROZEN)


@pytest.mark.parametrize("unfrozen", UNFROZEN)
def test_what_is_frozen_is_the_teachers_and_stays(unfrozen: int) -> None:
    teacher, network = (architectures()["compact"].build(labels) for labels in (9, 4))
    take_over(network, teacher, unfrozen)
    layers = layers_of(network)
    for place, layer in enumerate(layers):
        for name in layer:
            assert network.get_parameter(name).requires_grad == (place >= 5 - unfrozen)
    for layer in layers[:-1]:
        for name in layer:
            assert torch.equal(network.get_parameter(name), teacher.get_parameter(name))
    assert network(torch.zeros(2, 3, 16, 16)).shape == (2, 4)


@scales
def test_students_are_trained_as_their_teacher_was(scale: Scale) -> None:
    found = []
    for trial in get_experiment("fig13").trials(scale):
        assert isinstance(trial, TransferTrial)
        guilty, innocent = trial.models()
        assert isinstance(guilty, TransferModel)
        assert isinstance(innocent, TransferModel)
        assert guilty.student.innocent == innocent.student
        assert guilty.student.setting.architecture == guilty.teacher.setting.architecture
        assert (guilty.teacher.task, guilty.student.task) == ("faces", "yaleb")
        assert not guilty.teacher.isotopes
        assert {(one.alpha, one.mark_fraction) for one in guilty.student.isotopes} == {(0.4, 0.1)}
        found.append(guilty.unfrozen)
    assert set(found) == {1, 2, 3, 4, 5}


def test_transfer_is_measured(store: Store) -> None:
    trial = next(iter(get_experiment("fig13").trials("desk")))
    for model in trial.models():
        store.train(model)
    rows = store.measure(trial).rows
    assert len(rows) == 10
    assert {row["unfrozen"] for row in rows} == {1}
    guilty, innocent = (store.load(model) for model in trial.models())
    frozen = layers_of(guilty.network)[0][0]
    assert torch.equal(guilty.network.get_parameter(frozen), innocent.network.get_parameter(frozen))
