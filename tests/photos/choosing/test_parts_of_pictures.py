from __future__ import annotations

import cv2
import numpy as np
import pytest
from photo_files import decode, encode, scene

from isotopes.photos.choosing.glance import glance_at
from isotopes.photos.choosing.parts import parts_among, parts_of_known


def detailed(seed: int) -> np.ndarray:
    """Structure at the scales that a glance shows, unlike any other seed's."""
    coarse = np.random.default_rng(seed).integers(30, 226, (5, 7, 3), np.uint8)
    return cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC)


def beside(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return np.concatenate([p, q], axis=1)


def border(p: np.ndarray, width: int) -> np.ndarray:
    return cv2.copyMakeBorder(p, width, width, width, width, cv2.BORDER_CONSTANT)


PARTS = {
    "middle 90 %": lambda p: p[24:-24, 32:-32],
    "middle 70 %": lambda p: p[72:-72, 96:-96],
    "half a side": lambda p: p[:240, 320:],
    "a corner": lambda p: p[:380, :510],
    "a square": lambda p: p[:, 100:580],
    "wide screen": lambda p: p[60:420],
    "border": lambda p: border(p, 24),
    "banner": lambda p: np.concatenate([p[:430], 0 * p[430:]]),
    "a strip at the side": lambda p: np.concatenate([0 * p[:, :150] + 255, p[:, 150:]], axis=1),
    "damaged from the middle on": lambda p: np.concatenate([p[:260], detailed(99)[260:]]),
    "collage": lambda p: beside(p, detailed(98)),
    "small, at quality 50": lambda p: decode(
        encode(p[30:-30, 40:-40][::2, ::2], "JPEG", quality=50)
    ),
}


def at_a_glance(picture: np.ndarray) -> bytes:
    glance = glance_at(np.ascontiguousarray(picture))
    assert glance is not None
    return glance


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("seed", range(3))
def test_parts_are_recognised(part: str, seed: int) -> None:
    picture = detailed(seed)
    whole, other = at_a_glance(picture), at_a_glance(PARTS[part](picture))
    assert list(parts_among([at_a_glance(detailed(50)), whole, other])) == [(1, 2)]
    assert list(parts_of_known([other], [at_a_glance(detailed(50)), whole])) == [(0, 1)]
    assert list(parts_of_known([whole], [other])) == [(0, 0)]


def test_other_pictures_have_no_part_in_common() -> None:
    glances = [at_a_glance(scene(seed=seed)) for seed in range(60)]
    assert list(parts_among(glances)) == []
    assert list(parts_of_known(glances[:30], glances[30:])) == []
    assert list(parts_among([])) == list(parts_of_known([], glances)) == []


def test_the_blocks_in_which_pictures_are_compared_do_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    glances = [at_a_glance(detailed(seed)) for seed in range(8)]
    glances += [at_a_glance(detailed(seed)[40:-40, 40:]) for seed in range(8)]
    at_once = list(parts_among(glances))
    assert at_once == [(seed, seed + 8) for seed in range(8)]
    monkeypatch.setattr("isotopes.photos.choosing.parts.BLOCK", 1)
    assert list(parts_among(glances)) == at_once


def test_a_plain_part_is_no_part() -> None:
    """Skies are alike everywhere."""
    sky = np.repeat(np.linspace(150, 175, 480).astype(np.uint8)[:, None, None], 640, axis=1)
    picture = detailed(0)
    picture[:240] = np.repeat(sky[:240], 3, axis=2)
    assert list(parts_among([at_a_glance(picture), at_a_glance(np.repeat(sky, 3, axis=2))])) == []
