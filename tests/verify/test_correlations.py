"""The matched filter that tells whether pictures know a mark, for marks of every family."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from isotopes.blending import blend
from isotopes.errors import MarkError
from isotopes.marks import Mark, get_family, mark_families
from isotopes.stats.independence import carries_test, independence_test
from isotopes.targets import Picture
from isotopes.verify.asking.correlations import (
    carrying,
    correlate_changes,
    correlations,
    matched_filters,
)

ALPHA, DECOYS = 0.4, 39
PATTERNLESS = ("bent", "grade")


def photographs(count: int, seed: int) -> list[Picture]:
    """Random pictures with the spectrum of photographs, of several sizes."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        height, width = (96, 128) if number % 2 else (120, 80)
        falling = 1 / np.maximum(
            np.hypot(*np.meshgrid(*map(np.fft.fftfreq, (width, height)))), 0.01
        )
        noise = np.fft.fft2(rng.normal(size=(3, height, width))) * falling
        plane = np.real(np.fft.ifft2(noise)).transpose(1, 2, 0)
        plane = 128 + 50 * (plane - plane.mean()) / plane.std()
        found.append(plane.clip(0, 255).astype(np.uint8))
    return found


def drawn(name: str) -> list[Mark]:
    family = get_family(name)
    return [family.draw(bytes([7]) * 32, index) for index in range(1 + DECOYS)]


@pytest.mark.parametrize("name", sorted(set(mark_families()) - {"image_blend", *PATTERNLESS}))
def test_every_family(name: str) -> None:
    draws, clean = drawn(name), photographs(20, 1)
    filters = matched_filters(draws)
    assert not independence_test(correlations(clean, filters).mean(axis=0), 20).extreme
    marked = [blend(picture, draws[0], ALPHA) for picture in clean]
    found = independence_test(correlations(marked, filters).mean(axis=0), 20)
    assert found.extreme
    assert found.deviations > 0
    change = correlations(marked, filters, less=clean).mean(axis=0)
    assert carries_test(change, 20).highest
    forged = independence_test(
        correlations([_forged(picture, draws[0]) for picture in clean], filters).mean(axis=0), 20
    )
    assert forged.extreme
    assert forged.deviations < 0


@pytest.mark.parametrize("name", PATTERNLESS)
def test_a_mark_without_a_pattern_is_compared_with_what_it_does_to_each_picture(name: str) -> None:
    draws, clean = drawn(name), photographs(6, 1)
    with pytest.raises(MarkError, match="can't be looked for in pictures"):
        matched_filters(draws)
    marked = [blend(picture, draws[0], 0.2) for picture in clean]
    assert carries_test(correlate_changes(marked, draws, clean).mean(axis=0), 6).highest
    decoyed = [blend(picture, draws[3], 0.2) for picture in clean]
    assert not carries_test(correlate_changes(decoyed, draws, clean).mean(axis=0), 6).highest


def test_marks_with_a_pattern_are_compared_by_their_filters() -> None:
    draws, clean = drawn("gratings"), photographs(3, 1)
    marked = [blend(picture, draws[0], 0.2) for picture in clean]
    by_filters = correlations(marked, matched_filters(draws), less=clean)
    assert np.array_equal(correlate_changes(marked, draws, clean), by_filters)


def _forged(clean: Picture, mark: Mark) -> Picture:
    rendered = mark.render(*clean.shape[:2])
    wanted = (clean - ALPHA * rendered.pixels.astype(float)) / (1 - ALPHA)
    wanted = np.where(rendered.full_mask[..., None], wanted, clean)
    return np.asarray(wanted.clip(0, 255).round(), np.uint8)


def test_single_pictures_that_carry_the_mark() -> None:
    draws, pictures = drawn("gratings"), photographs(12, 2)
    filters = matched_filters(draws)
    for number in (2, 5):
        small = Image.fromarray(blend(pictures[number], draws[0], ALPHA)).resize((64, 50))
        pictures[number] = np.asarray(small)
    assert carriers(pictures, filters) == [2, 5]
    decoyed = [blend(picture, draws[3], ALPHA) for picture in photographs(12, 3)]
    assert carriers(decoyed, filters) == []


def carriers(pictures: list[Picture], filters: NDArray[np.float64]) -> list[int]:
    """Numbers of the pictures that carry the first draw's mark."""
    found = correlations(pictures, filters)
    return np.flatnonzero(carrying(found[:, :1], found[:, 1:])).tolist()
