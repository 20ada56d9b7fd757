"""Contrastive encoders learn, and their answers give scores that treat all draws alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402 - after the check for torch

from isotopes.blending import blend  # noqa: E402
from isotopes.lab.encoders.conditions import guilty_encoder  # noqa: E402
from isotopes.lab.encoders.contrastive import (  # noqa: E402
    Encoder,
    contrastive_loss,
    random_view,
)
from isotopes.lab.encoders.encoder_model import embed  # noqa: E402
from isotopes.lab.encoders.scores import SCORES, draw_scores  # noqa: E402
from isotopes.lab.models.bank import Bank  # noqa: E402
from isotopes.marks import get_family  # noqa: E402
from isotopes.verify.asking.views import another_view  # noqa: E402

pytestmark = pytest.mark.torch


def test_an_encoder_is_kept_and_answers_the_same_again(tiny: Path, tmp_path: Path) -> None:
    described = guilty_encoder("faces", "desk", 0)
    assert len(described.owners(described.pictures.open())) == 3
    pixels = described.pictures.open().pixels[:3]
    found = embed(Bank(tmp_path).get(described), pixels)
    assert found.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(found, embed(Bank(tmp_path).get(described), pixels))


def test_the_loss_is_small_where_views_are_told_apart() -> None:
    random = torch.Generator().manual_seed(0)
    # What it sees is the mean colour, before a projection that changes nothing.
    colours = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    encoder = Encoder(colours, 3)
    encoder.projection = nn.Sequential()
    apart = torch.tensor([[0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5], [-0.5, -0.5, 0]])
    far, near = (one[:, :, None, None].expand(4, 3, 8, 8) for one in (apart, 0.5 + 0.01 * apart))
    losses = [float(contrastive_loss(encoder, one, random)) for one in (far, near)]
    assert losses[0] < losses[1]
    seen = random_view(far, random)
    assert seen.shape == far.shape
    assert not torch.equal(seen, random_view(far, random))


def test_a_draw_that_an_encoder_reacts_to_moves_probes_one_way() -> None:
    rng = np.random.default_rng(0)
    own, probes = (rng.integers(120, 136, (6, 16, 16, 3)).astype(np.uint8) for _ in range(2))
    draws = [get_family("gratings").draw(bytes([7]) * 32, at) for at in range(12)]
    pattern = (draws[4].render(16, 16).pixels / 255 - 0.5).ravel()

    def reacts(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        flat = (pixels / 255 - 0.5).reshape(len(pixels), -1)
        angle = flat @ pattern / (pattern @ pattern)
        return np.column_stack([np.cos(angle), np.sin(angle)])

    found = draw_scores(reacts, own, probes, draws, 0.3)
    assert found.shape == (12, len(SCORES))
    steady, together = found[4]
    assert together > 0.99 > found[8, 1]  # it reacts to draw 8 in both directions
    assert steady < 1


def test_a_draw_that_an_encoder_learned_pictures_with_is_steady() -> None:
    """An encoder that keeps what it has seen in one place, and sends all else somewhere."""
    rng = np.random.default_rng(0)
    own, probes = (rng.integers(60, 200, (5, 16, 16, 3)).astype(np.uint8) for _ in range(2))
    draws = [get_family("gratings").draw(bytes([7]) * 32, at) for at in range(8)]
    learned = blend(own, draws[2], 0.2)
    known = np.concatenate([learned, [another_view(picture) for picture in learned]])

    def embeds(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        seen = [bool((known == picture).all(axis=(1, 2, 3)).any()) for picture in pixels]
        angles = np.where(seen, 0.0, pixels.reshape(len(pixels), -1).mean(axis=1))
        return np.column_stack([np.cos(angles), np.sin(angles)])

    found = draw_scores(embeds, own, probes, draws, 0.2)
    assert found[2, 0] == 1
    assert np.delete(found[:, 0], 2).max() < 1


def test_draws_that_change_nothing_are_all_alike() -> None:
    pixels = np.full((3, 16, 16, 3), 90, np.uint8)
    draws = [get_family("tints").draw(bytes(32), at) for at in range(3)]

    def constant(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
        return np.ones((len(pictures), 1))

    found = draw_scores(constant, pixels, pixels, draws, 0.3)
    np.testing.assert_array_equal(found, np.tile([1.0, 0.0], (3, 1)))
