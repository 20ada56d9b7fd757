"""What is turned and cut out, and that nothing else is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from isotopes.lab.train.augment import Moving, augment_scaled, rotate
from isotopes.lab.train.recipe import Recipe

PLAIN = Recipe(epochs=1)


def some_batch(height: int = 16, width: int = 16) -> torch.Tensor:
    return torch.randn(8, 3, height, width, generator=torch.Generator().manual_seed(0))


def test_a_recipe_without_augmentation_gives_the_very_batch() -> None:
    given = some_batch()
    assert augment_scaled(given, PLAIN) is given
    pixels = torch.arange(96, dtype=torch.uint8).view(2, 4, 4, 3)
    assert torch.equal(Moving(pixels, PLAIN)(torch.tensor([1])), pixels[1:])


def test_chosen_pictures_are_shifted_and_mirrored_each_by_itself() -> None:
    torch.manual_seed(0)
    pixels = torch.randint(0, 256, (3, 6, 8, 3), dtype=torch.uint8)
    chosen = torch.tensor([2, 0] * 60)
    found = Moving(pixels, replace(PLAIN, shift=1, flip=True))(chosen)
    edged = np.pad(pixels.numpy(), ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    seen = set()
    for number, picture in zip(chosen.tolist(), found.numpy(), strict=True):
        moved = {
            (down, right, flip): edged[number, down : down + 6, right : right + 8][:, ::flip]
            for down in range(3)
            for right in range(3)
            for flip in (1, -1)
        }
        matching = [how for how, one in moved.items() if np.array_equal(one, picture)]
        assert len(matching) == 1
        seen.update(matching)
    assert len(seen) == 18


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_are_exact(quarters: int) -> None:
    given = some_batch()
    turned = rotate(given, torch.full((8,), 90.0 * quarters))
    torch.testing.assert_close(turned, given.rot90(-quarters, (2, 3)), atol=1e-4, rtol=0)


def test_pictures_that_are_not_square_keep_their_shapes() -> None:
    """A disc stays a disc: turned by pixels, not by shares of width and height."""
    rows, columns = torch.meshgrid(torch.arange(40.0), torch.arange(80.0), indexing="ij")
    disc = (((rows - 19.5) ** 2 + (columns - 39.5) ** 2) < 15**2).float().expand(1, 3, 40, 80)
    turned = rotate(disc, torch.tensor([37.0]))
    assert float((turned - disc).abs().mean()) < 0.02
    half_turn = rotate(some_batch(12, 20), torch.full((8,), 180.0))
    torch.testing.assert_close(half_turn, some_batch(12, 20).flip((2, 3)), atol=1e-4, rtol=0)


def test_angles_are_small_and_differ() -> None:
    torch.manual_seed(0)
    # A ramp from left to right: its slope at the middle tells the angle.
    ramp = torch.linspace(-1, 1, 33).expand(200, 3, 33, 33).contiguous()
    turned = augment_scaled(ramp, replace(PLAIN, rotate=10))
    down = (turned[:, 0, 20, 16] - turned[:, 0, 12, 16]) / 8
    across = (turned[:, 0, 16, 20] - turned[:, 0, 16, 12]) / 8
    angles = torch.atan2(down, across) * 180 / np.pi
    assert 9 < float(angles.abs().max()) <= 10.01
    assert abs(float(angles.mean())) < 1.5


def test_one_square_of_the_mean_colour_is_cut_out_of_each_picture() -> None:
    torch.manual_seed(0)
    cut = augment_scaled(torch.ones(500, 3, 12, 9), replace(PLAIN, cutout=4))
    assert (cut.sum(dim=(1, 2, 3)) == 3 * (12 * 9 - 16)).all()
    missing = cut[:, 0] == 0
    assert (missing.any(dim=2).sum(dim=1) == 4).all()  # so many rows, so many columns: a square
    assert (missing.any(dim=1).sum(dim=1) == 4).all()
    assert missing.any(dim=0).all()  # everywhere, corners too
    assert not augment_scaled(torch.ones(2, 3, 4, 4), replace(PLAIN, cutout=9)).any()


def test_the_seed_decides() -> None:
    recipe = replace(PLAIN, rotate=5, cutout=3)
    results = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        results.append(augment_scaled(some_batch(), recipe))
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])
