from __future__ import annotations

import cv2
import numpy as np
import pytest
from photo_files import decode, encode, scene

from isotopes.photos.choosing.glance import (
    SAME,
    SAME_TURNED,
    SIDE,
    Likeness,
    glance_at,
    same_pictures,
    same_scene,
    turns,
)


def correlation(first: bytes, second: bytes) -> float:
    one, two = (np.frombuffer(glance, np.uint8).astype(float) for glance in (first, second))
    return float(np.corrcoef(one, two)[0, 1])


def resized(picture: np.ndarray, scale: float) -> np.ndarray:
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


COPIES = {
    "quality 20": lambda p: decode(encode(p, "JPEG", quality=20)),
    "a quarter of the size": lambda p: resized(p, 0.25),
    "small and at quality 50": lambda p: decode(encode(resized(p, 0.3), "WEBP", quality=50)),
    "squashed to a square": lambda p: cv2.resize(p, (300, 300), interpolation=cv2.INTER_AREA),
    "grey": lambda p: np.repeat(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2),
}
EDITS = {
    "brighter": lambda p: np.clip(p.astype(int) + 40, 0, 255).astype(np.uint8),
    "a little contrast": lambda p: np.clip(p * 1.04 - 5, 0, 255).astype(np.uint8),
    "less contrast": lambda p: (p * 0.5 + 60).astype(np.uint8),
    "gamma": lambda p: (255 * (p / 255) ** 1.4).astype(np.uint8),
    "captioned": lambda p: cv2.putText(p.copy(), "(c) 2026", (9, 470), 0, 1, (255, 255, 255), 2),
    "cropped by 2 %": lambda p: p[5:-5, 6:-6].copy(),
}


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("seed", range(3))
def test_copies_are_equal(copy: str, seed: int) -> None:
    picture = scene(480, 640, seed)
    glances = [glance_at(picture), glance_at(COPIES[copy](picture))]
    assert list(same_pictures(glances)) == [(0, 1, Likeness.EQUAL)]


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("seed", range(3))
def test_edits_are_told_apart_from_copies(edit: str, seed: int) -> None:
    picture = scene(480, 640, seed)
    glances = [glance_at(picture), glance_at(EDITS[edit](picture))]
    assert list(same_pictures(glances)) == [(0, 1, Likeness.EDITED)]


@pytest.mark.parametrize("position", range(1, 8))
def test_turned_copies_are_told_apart_from_upright_ones(position: int) -> None:
    picture = scene(480, 640, 1)
    turned = [turns(picture[..., channel])[position] for channel in range(3)]
    glances = [glance_at(picture), glance_at(np.ascontiguousarray(np.stack(turned, axis=2)))]
    assert list(same_pictures(glances)) == [(0, 1, Likeness.TURNED)]


def test_the_eight_positions_are_those_of_a_square() -> None:
    square = np.arange(9).reshape(3, 3)
    rotations = [np.rot90(square, n) for n in range(4)]
    all_eight = {p.tobytes() for r in rotations for p in (r.copy(), r[::-1].copy())}
    assert {position.copy().tobytes() for position in turns(square)} == all_eight
    assert (turns(square)[0] == square).all()


def test_other_pictures_are_other_pictures() -> None:
    assert list(same_pictures([glance_at(scene(seed=seed)) for seed in range(100)])) == []
    assert list(same_pictures([])) == []


def test_pairs_are_those_that_a_loop_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    squares = [rng.integers(1, 256, (SIDE, SIDE)).astype(np.uint8) for _ in range(40)]
    for source in range(20):  # copies with noise, half of them turned
        copy = turns(squares[source])[source % 2 * int(rng.integers(8))]
        noisy = copy + rng.normal(0, rng.uniform(0, 30), copy.shape)
        squares.append(np.clip(noisy, 1, 255).astype(np.uint8))
    glances = [square.tobytes() for square in squares]
    slow = {}
    for i, first in enumerate(squares):
        for position, turned in enumerate(turns(first)):
            for j in range(i + 1, len(squares)):
                least = SAME_TURNED if position else SAME
                if correlation(turned.tobytes(), glances[j]) > least:
                    slow.setdefault((i, j), position != 0)
    assert {(i, j): how is Likeness.TURNED for i, j, how in same_pictures(glances)} == slow
    assert 5 < len(slow) < 20
    monkeypatch.setattr("isotopes.photos.choosing.glance.BLOCK", 7)
    assert {(i, j): how is Likeness.TURNED for i, j, how in same_pictures(glances)} == slow


@pytest.mark.parametrize("shift", [0.03, 0.08, 0.15])
def test_a_scene_is_known_again_when_the_camera_moves(shift: float) -> None:
    wide = scene(600, 800, 2)
    move = int(shift * 640)
    first, second = wide[50:530, 20:660], wide[60:540, 20 + move : 660 + move]
    assert same_scene(glance_at(first.copy()), glance_at(second.copy()))
    other = glance_at(scene(480, 640, 3))
    assert not same_scene(glance_at(first.copy()), other)


def test_plain_pictures_show_nothing_to_compare() -> None:
    assert glance_at(np.full((100, 100, 3), 200, np.uint8)) is None
    assert glance_at(scene(64, 64)) is not None
