"""Who marks which pictures before a generator learns from them, and how strongly."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from isotopes.lab.data.pictures import Pictures  # noqa: E402 - after the check for torch
from isotopes.lab.generators.owners import (  # noqa: E402
    WARP,
    marking,
    owners,
    strength_for,
    with_marks,
)
from isotopes.photos.similarity import psnr  # noqa: E402

pytestmark = pytest.mark.torch


def some_pictures(count: int = 200, side: int = 16) -> Pictures:
    rng = np.random.default_rng(0)
    coarse = rng.integers(40, 200, (count, side // 4, side // 4, 3)).astype(np.uint8)
    pixels = coarse.repeat(4, axis=1).repeat(4, axis=2)
    return Pictures(pixels, np.arange(count) % 20, tuple(f"person {at}" for at in range(20)))


def test_each_owner_has_a_tenth_of_the_pictures_and_people_of_their_own() -> None:
    pictures = some_pictures()
    found = owners(pictures, [marking("tints", 1), marking(WARP, 1)], seed=3)
    assert [len(one.places) for one in found] == [20, 20]
    assert not set(found[0].labels) & set(found[1].labels)
    marked = with_marks(pictures, found, seed=3)
    changed = np.flatnonzero((marked.pixels != pictures.pixels).any(axis=(1, 2, 3)))
    assert set(changed) == {*found[0].places, *found[1].places}


@pytest.mark.parametrize("family", ["tints", "gratings", WARP])
@pytest.mark.parametrize("decibels", [28.0, 34.0])
def test_the_strength_is_that_of_so_many_decibels(family: str, decibels: float) -> None:
    pixels = some_pictures(40).pixels
    change = marking(family, 1, psnr=decibels)
    changed, strength = change.put_into(pixels, seed=0)
    assert strength == strength_for(pixels, change.mark, decibels)
    assert psnr(pixels, changed) == pytest.approx(decibels, abs=0.4)


def test_some_of_the_pictures_are_changed_by_a_seed() -> None:
    pixels = some_pictures(40).pixels
    half = marking("gratings", 1, marked=0.5)
    changed = [
        set(np.flatnonzero((half.put_into(pixels, seed)[0] != pixels).any(axis=(1, 2, 3))))
        for seed in (0, 0, 1)
    ]
    assert [len(one) for one in changed] == [20, 20, 20]
    assert changed[0] == changed[1] != changed[2]


def test_a_warp_depends_on_its_key() -> None:
    pixels = some_pictures(4).pixels
    one, again, other = (marking(WARP, key).put_into(pixels, 0)[0] for key in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
