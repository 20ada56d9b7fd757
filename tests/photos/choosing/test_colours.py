"""Copies of an original, and copies of what was published of it, are told apart."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from photo_files import scene
from PIL import Image

from isotopes.blending import Insertion
from isotopes.marks import get_family
from isotopes.photos.choosing.colours import carries_mark, colours_of

Pixels = NDArray[np.uint8]


def smaller(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize((150, 100)))


def coarser(pixels: Pixels) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=50)
    return np.asarray(Image.open(file))


def brighter(pixels: Pixels) -> Pixels:
    return np.clip(pixels * 1.15 + 9, 0, 255).astype(np.uint8)


def warmer(pixels: Pixels) -> Pixels:
    return np.clip(pixels * [1.06, 1, 0.94], 0, 255).astype(np.uint8)


@pytest.mark.parametrize("change", [smaller, coarser, brighter, warmer])
@pytest.mark.parametrize("family", ["tints", "gratings", "dead_leaves"])
def test_a_copy_shows_whether_it_was_made_after_the_mark(family: str, change: object) -> None:
    assert callable(change)
    for seed in range(6):
        drawn = get_family(family)
        mark, alpha = drawn.draw(bytes([seed]) * 32, 0), min(drawn.visibilities.values())
        original = scene(200, 300, seed)
        marked = Insertion.of(mark, alpha).apply(original, mark)
        before = colours_of(original)
        assert not carries_mark(colours_of(change(original)), before, mark, alpha)
        assert carries_mark(colours_of(change(marked)), before, mark, alpha)


def test_another_picture_is_no_copy() -> None:
    mark, before = get_family("tints").draw(bytes(32), 0), colours_of(scene(200, 300, 0))
    for seed in range(1, 40):
        assert not carries_mark(colours_of(scene(200, 300, seed)), before, mark, 0.3)
