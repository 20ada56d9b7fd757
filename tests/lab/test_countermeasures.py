"""Every countermeasure keeps its base's promise, and does what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from isotopes.errors import IsotopesError
from isotopes.lab.countermeasures import countermeasures, get_countermeasure
from isotopes.lab.countermeasures.answers.query_detector import SIDE, Seen
from isotopes.lab.countermeasures.changes.verifiers_marks import VerifiersMarks
from isotopes.lab.countermeasures.countermeasure import (
    AnswerChange,
    Change,
    Filter,
    NetworkChange,
    OtherRecipe,
    OtherStep,
)
from isotopes.lab.countermeasures.filters.activation_clustering import smaller_cluster
from isotopes.lab.countermeasures.filters.near_duplicates import most_alike
from isotopes.lab.countermeasures.filters.nearest_neighbours import neighbour_distances
from isotopes.lab.countermeasures.filters.spectral_signatures import spectral_scores
from isotopes.lab.countermeasures.training.cutmix import cut_and_mix
from isotopes.lab.countermeasures.training.dp_sgd import (
    CLIP,
    WithLoss,
    picture_gradients,
    private_gradients,
)
from isotopes.lab.countermeasures.training.ensemble import EnsembleOfParts
from isotopes.lab.countermeasures.training.randaugment import OPERATIONS, randomly_changed
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.mark_spec import drawn, key_of
from isotopes.lab.models.marked_model import IsotopeSpec, MarkedModel, marked_model
from isotopes.lab.networks import get_architecture
from isotopes.lab.tasks import spare_pictures, training_pictures
from isotopes.lab.train.losses import get_loss
from isotopes.lab.train.recipe import RECIPES

PLACES = (
    Filter,
    Change,
    OtherRecipe,
    OtherStep,
    NetworkChange,
    AnswerChange,
    EnsembleOfParts,
    VerifiersMarks,
)
EVERY = sorted(
    (name, strength)
    for name, kind in countermeasures().items()
    for strength in (kind.strengths[0], kind.strengths[-1])
)


@pytest.fixture
def described(tiny: Path) -> MarkedModel:
    mark = drawn("gratings", key_of("countermeasures"), 0)
    model = marked_model("cifar100", "desk", 0, [IsotopeSpec(3, mark, 0.4, 0.5)])
    return replace(model, setting=replace(model.setting, per_label=8))


def test_all_of_section_8_is_there() -> None:
    paper = {
        "spectral_signatures",
        "activation_clustering",
        "gaussian_noise",
        "extra_marks",
        "logit_noise",
        "top_k",
        "fine_tuning",
        "nearest_neighbours",
    }
    assert paper <= countermeasures().keys()


@pytest.mark.parametrize(("name", "strength"), EVERY)
def test_every_countermeasure_gives_a_model_that_answers(
    name: str, strength: float, described: MarkedModel
) -> None:
    countermeasure = get_countermeasure(name, strength)
    assert isinstance(countermeasure, PLACES)
    assert countermeasure.strengths == tuple(sorted(countermeasure.strengths)), "weakest first"
    model = countermeasure.train(described)
    pixels = described.pictures().pixels[:7]
    answers = countermeasure.answers(model.predict, model.labels, 0)(pixels)
    assert answers.shape == (7, len(model.labels))
    shown = answers[~np.isnan(answers)]
    assert ((shown >= 0) & (shown <= 1)).all()
    again = get_countermeasure(name, strength)
    repeated = again.answers(again.train(described).predict, model.labels, 0)(pixels)
    np.testing.assert_array_equal(answers, repeated)


@pytest.mark.parametrize(
    "name", [name for name, kind in countermeasures().items() if issubclass(kind, Change)]
)
def test_a_change_is_stronger_where_its_strength_is(name: str, described: MarkedModel) -> None:
    kind = countermeasures()[name]
    pictures = described.pictures()
    moved = []
    for strength in (kind.strengths[0], kind.strengths[-1]):
        changed = kind(strength).change(pictures, np.random.default_rng(0))  # type: ignore[attr-defined]
        assert changed.dtype == np.uint8
        assert changed.shape == pictures.pixels.shape
        moved.append(np.abs(changed.astype(float) - pictures.pixels).mean())
    assert 0 < moved[0] < moved[1]


@pytest.mark.parametrize(
    "name", [name for name, kind in countermeasures().items() if issubclass(kind, OtherRecipe)]
)
def test_another_recipe_is_another_recipe(name: str) -> None:
    kind = countermeasures()[name]
    changed = {kind(strength).recipe(RECIPES["desk"]) for strength in kind.strengths}  # type: ignore[attr-defined]
    assert len(changed | {RECIPES["desk"]}) == len(kind.strengths) + 1


def planted(rng: np.random.Generator, clean: int = 90, odd: int = 10) -> np.ndarray:
    """Features of which the last few lie apart in a direction of their own."""
    features = rng.normal(0, 1, (clean + odd, 20))
    features[clean:, 0] += 12
    return features


def test_the_detectors_find_what_stands_out() -> None:
    features = planted(np.random.default_rng(1))
    odd = np.arange(100) >= 90
    scores = spectral_scores(features)
    assert scores[odd].min() > scores[~odd].max()
    np.testing.assert_array_equal(smaller_cluster(features, 0), odd)
    alone = np.concatenate([np.random.default_rng(2).normal(0, 1, (50, 8)), np.full((1, 8), 9.0)])
    assert neighbour_distances(alone).argmax() == 50


def test_of_near_duplicates_one_stays() -> None:
    features = np.random.default_rng(3).normal(0, 1, (30, 16))
    features[20] = features[4] + 1e-3
    features[29] = features[20]
    assert np.flatnonzero(most_alike(features, 2)).tolist() == [20, 29]


def test_pruning_and_quantisation_do_what_they_say(described: MarkedModel) -> None:
    pruned = get_countermeasure("pruning", 0.5).train(described).network
    weights = torch.cat([w.flatten() for n, w in pruned.named_parameters() if w.ndim > 1])
    assert float((weights == 0).float().mean()) == pytest.approx(0.5, abs=0.02)
    rounded = get_countermeasure("quantisation", 12).train(described).network
    for weight in (w for w in rounded.parameters() if w.ndim > 1):
        for channel in weight.detach().flatten(1):
            assert len(torch.unique(channel)) <= 15


def test_spare_pictures_were_not_trained_on(described: MarkedModel) -> None:
    def rows(pictures: Pictures) -> set[bytes]:
        return {picture.tobytes() for picture in pictures.pixels}

    setting = described.setting
    spare = spare_pictures("cifar100", setting, 0)
    assert len(spare) == len(training_pictures("cifar100", setting, 0))
    assert not rows(spare) & rows(training_pictures("cifar100", setting, 0))
    with pytest.raises(IsotopesError, match="no pictures to spare"):
        spare_pictures("cifar100", replace(setting, per_label=None), 0)
    with pytest.raises(IsotopesError, match="no label has more than the 1000 pictures"):
        spare_pictures("cifar100", replace(setting, per_label=1000), 0)


def test_an_unknown_countermeasure_names_those_there_are() -> None:
    with pytest.raises(IsotopesError, match="no countermeasure is called 'jpg'") as caught:
        get_countermeasure("jpg", 1)
    assert "did you mean jpeg?" in (caught.value.hint or "")


def test_cutmix_takes_one_rectangle_and_says_how_much_is_left() -> None:
    torch.manual_seed(0)
    given = torch.arange(6.0)[:, None, None, None].expand(6, 3, 10, 12)
    for _ in range(20):
        mixed, other, kept = cut_and_mix(given)
        own = (mixed == given).float().mean(dim=(1, 2, 3))
        moved = other != torch.arange(6)
        torch.testing.assert_close(own[moved], torch.full_like(own[moved], kept))
        for place in np.flatnonzero(moved).tolist():
            assert set(mixed[place].unique().tolist()) <= {float(place), float(other[place])}


def test_randaugment_stays_within_what_pictures_can_be() -> None:
    torch.manual_seed(0)
    pictures = torch.rand(40, 3, 16, 16)
    changed = randomly_changed(pictures, 0.9)
    assert changed.shape == pictures.shape
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 1
    for operation in OPERATIONS:
        assert operation(pictures, 0.5).shape == pictures.shape
    turned = OPERATIONS[1](pictures, 0.5)
    torch.testing.assert_close(OPERATIONS[1](pictures, 0.0), pictures)
    assert not torch.equal(turned, pictures)


def test_private_gradients_are_clipped_one_by_one() -> None:
    """Against a loop over pictures, and without one of them it moves by the clip at most."""
    torch.manual_seed(0)
    weight, bias = torch.nn.Parameter(torch.zeros(4, 3)), torch.nn.Parameter(torch.zeros(4))
    samples = [torch.randn(5, 4, 3) * 10, torch.randn(5, 4) * 10]
    samples[0][3], samples[1][3] = samples[0][3] / 1000, samples[1][3] / 1000
    expected = torch.zeros(4, 3)
    for one, other in zip(*samples, strict=True):
        length = torch.cat([one.flatten(), other]).norm()
        expected += one * min(1.0, CLIP / float(length))
    private_gradients([weight, bias], samples, 0.0)
    torch.testing.assert_close(weight.grad, expected / 5)
    private_gradients([weight, bias], samples, 1.0)
    assert not torch.allclose(weight.grad, expected / 5)  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_each_pictures_gradient_is_what_it_would_have_alone(layout: torch.memory_format) -> None:
    """Whatever way pictures and weights lie in memory: the lab's lie pixel by pixel."""
    torch.manual_seed(0)
    network = get_architecture("compact_groups").build(5).to(memory_format=layout)  # type: ignore[call-overload]
    given = torch.randn(3, 3, 16, 16).contiguous(memory_format=layout)
    labels = torch.tensor([0, 4, 2])
    recipe = RECIPES["desk"]
    samples, losses = picture_gradients(WithLoss(network, recipe), given, labels, 0)
    alone = get_loss(recipe.loss).of(network, recipe.smoothing)
    for index in range(3):
        network.zero_grad()
        loss = alone(given[index : index + 1], labels[index : index + 1], 0)
        loss.backward()
        torch.testing.assert_close(losses[index], loss.detach())
        for parameter, sample in zip(network.parameters(), samples, strict=True):
            torch.testing.assert_close(sample[index], parameter.grad, rtol=1e-4, atol=1e-6)


def test_an_ensemble_answers_with_the_mean_of_its_members(described: MarkedModel) -> None:
    model = get_countermeasure("ensemble", 0.67).train(described)
    pixels = described.pictures().pixels[:5]
    members = [
        replace(model, network=member).predict(pixels)
        for member in model.network.members  # type: ignore[union-attr]
    ]
    np.testing.assert_allclose(model.predict(pixels), np.mean(members, axis=0), atol=1e-3)


def test_the_query_detector_finds_the_nearest_earlier_picture() -> None:
    """As a look at all earlier ones does, with more of them than it has room for at first."""
    rng = np.random.default_rng(4)
    bases = rng.uniform(0, 255, (40, SIDE * SIDE))
    seen, kept = Seen(6.0), np.empty((0, SIDE * SIDE))
    for _ in range(1500):
        print_ = bases[rng.integers(40)] + rng.uniform(-30, 30) + rng.normal(0, 6, SIDE * SIDE)
        distances = np.abs(kept - print_).mean(axis=1)
        alike = len(kept) and distances.min() <= 6
        assert seen.look_up(print_) == (int(distances.argmin()) if alike else None)
        if not alike:
            kept = np.concatenate([kept, print_[None]])
    assert len(kept) > 1024
