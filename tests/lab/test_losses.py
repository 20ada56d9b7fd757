"""Losses are what their articles say, and train what they are for."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from isotopes.errors import IsotopesError
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.networks import get_architecture
from isotopes.lab.networks.blocks.angular import Angles, Angular
from isotopes.lab.train.losses import get_loss, losses
from isotopes.lab.train.losses.a_softmax import margin_share, with_margin
from isotopes.lab.train.losses.focal import focal_loss
from isotopes.lab.train.recipe import RECIPES
from isotopes.lab.train.training import Model, fit


def tiny_angular() -> Angular:
    body = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.PReLU(8), nn.Linear(8, 5))
    return Angular(body, Angles(5, 3))


@pytest.mark.parametrize("name", sorted(losses()))
def test_every_loss_falls_when_its_gradient_is_followed(name: str) -> None:
    torch.manual_seed(0)
    network = tiny_angular()
    criterion = get_loss(name).of(network, 0)
    optimiser = torch.optim.Adam(network.parameters(), 0.02)
    given, labels = torch.randn(30, 3, 2, 2), torch.arange(30) % 3
    first = float(criterion(given, labels, 0).detach())
    for _ in range(80):
        optimiser.zero_grad()
        criterion(given, labels, 0).backward()
        optimiser.step()
    assert float(criterion(given, labels, 0).detach()) < 0.5 * first
    assert (network(given).argmax(dim=1) == labels).float().mean() > 0.9


def test_an_unknown_loss_names_those_there_are() -> None:
    with pytest.raises(IsotopesError, match="no loss is called 'hinge'") as caught:
        get_loss("hinge")
    assert "a_softmax, cross_entropy, focal" in (caught.value.hint or "")


def test_losses_without_a_smoothed_form_say_so() -> None:
    for name in ("focal", "a_softmax"):
        with pytest.raises(IsotopesError, match=f"the loss {name} has no label smoothing, got 0.1"):
            get_loss(name).of(tiny_angular(), 0.1)


def test_a_network_without_angles_is_refused() -> None:
    with pytest.raises(IsotopesError, match="needs a network that ends in angles"):
        get_loss("a_softmax").of(get_architecture("compact").build(3), 0)


def test_focal_loss_against_its_formula_on_probabilities() -> None:
    logits, labels = torch.randn(20, 4, generator=torch.Generator().manual_seed(1)), torch.arange(4)
    own = logits.softmax(dim=1)[torch.arange(20), labels.repeat(5)].double()
    expected = (-((1 - own) ** 2) * own.log()).mean()
    assert float(focal_loss(logits, labels.repeat(5))) == pytest.approx(float(expected), rel=1e-5)


def test_the_margin_against_its_definition_by_angles() -> None:
    angle = np.linspace(0.01, math.pi - 0.01, 200)
    lengths = torch.full((200,), 3.0)
    logits = torch.stack([3 * torch.tensor(angle).cos(), torch.zeros(200)], dim=1).float()
    labels = torch.zeros(200, dtype=torch.int64)
    piece = np.floor(4 * angle / math.pi)
    psi = (-1) ** piece * np.cos(4 * angle) - 2 * piece
    for share in (0.0, 1 / 6, 1.0):
        moved = with_margin(logits, lengths, labels, share)
        expected = 3 * ((1 - share) * np.cos(angle) + share * psi)
        np.testing.assert_allclose(moved[:, 0], expected, atol=2e-4)
        np.testing.assert_array_equal(moved[:, 1], logits[:, 1])  # others are not touched
    assert (np.diff(psi) < 0).all()  # it falls all the way: a larger angle is always worse


def test_the_margin_counts_more_and_more() -> None:
    assert margin_share(0) == pytest.approx(1 / (1 + 1500 / 1.1))
    shares = [margin_share(step) for step in (0, 10, 100, 1000, 2990, 5000, 10**6)]
    assert shares == sorted(shares)
    assert shares[-1] == 1 / 6


def test_angles_don_t_depend_on_the_lengths_of_directions() -> None:
    last = Angles(5, 3)
    features = torch.randn(4, 5)
    before = last(features)
    with torch.no_grad():
        last.directions.mul_(7)
    torch.testing.assert_close(last(features), before)
    cosines = before / features.norm(dim=1, keepdim=True)
    assert cosines.abs().max() <= 1
    expected = functional.cosine_similarity(features[:, None], last.directions[None], dim=2)
    torch.testing.assert_close(cosines, expected)


def test_sphereface_is_as_published() -> None:
    network = get_architecture("sphereface20").build(65)
    convolutions = [one for one in network.modules() if isinstance(one, nn.Conv2d)]
    assert len(convolutions) == 19 + 1  # with the dense layer, which gives the features, 20 + 1
    widths = [one.out_channels for one in convolutions]
    assert [widths.count(width) for width in (64, 128, 256, 512)] == [3, 5, 9, 3]
    with torch.inference_mode():
        assert network.features(torch.zeros(1, 3, 112, 96)).shape == (1, 512)


def test_a_recipe_chooses_the_loss() -> None:
    labels = np.arange(24) % 3
    pixels = np.full((24, 2, 2, 3), 60, np.uint8) * labels[:, None, None, None].astype(np.uint8)
    pictures = Pictures(pixels, labels, ("a", "b", "c"))
    means: list[float] = []
    model = Model(tiny_angular(), "tiny", pictures.names, (0.2,) * 3, (0.2,) * 3, (2, 2))
    recipe = replace(RECIPES["pubfig"], epochs=5, learning_rate=0.01, shift=0, rotate=0)
    fit(model, pictures, recipe, lambda _done, _all, loss: means.append(loss))
    assert means[-1] < means[0]
    with pytest.raises(IsotopesError, match="no loss is called 'hinge'"):
        fit(model, pictures, replace(recipe, loss="hinge"))
