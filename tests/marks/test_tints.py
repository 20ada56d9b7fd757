from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.errors import MarkError
from isotopes.marks import CanvasMark, get_family, linf_distance, mix_marks
from isotopes.marks.families import tints
from isotopes.marks.families.tints import KINDS, Tints
from isotopes.seeds import KeyStream

KEYS = st.binary(min_size=32, max_size=32)


def pattern(mark: CanvasMark) -> np.ndarray:
    return mark.canvas.astype(float) - 128


@settings(max_examples=25, deadline=None)
@given(key=KEYS)
def test_all_draws_have_one_contrast_one_colour_and_no_luma(key: bytes) -> None:
    mark = Tints().from_key(key)
    assert mark.additive
    assert mark.colour_only
    change = pattern(mark)
    assert mark.canvas.min() > 0
    assert mark.canvas.max() < 255
    assert math.sqrt((change**2).mean()) == pytest.approx(20, abs=0.5)
    # One colour direction: what isn't along the first is rounding.
    rest = np.linalg.svd(change.reshape(-1, 3), compute_uv=False)
    assert rest[1] < 0.05 * rest[0]
    luma = change @ [0.299, 0.587, 0.114]
    assert np.abs(luma).max() < 2


@settings(max_examples=40, deadline=None)
@given(key=KEYS, kind=st.sampled_from(KINDS))
def test_the_patterns_are_slow(key: bytes, kind: object) -> None:
    """At most five periods and a half across the picture: they outlast shrinking and JPEG."""
    for across, down, _ in kind(KeyStream(key)):  # type: ignore[operator]
        periods = math.hypot(across, down) / tints.TURN
        assert 0.7 <= periods <= 5.3


def test_the_pattern_is_the_sum_of_its_waves() -> None:
    """Against cosines in floats, at the pixel centres."""
    waves = KINDS[1](KeyStream(bytes(32)))
    place = (np.arange(256) + 0.5) / 256
    exact = sum(
        np.cos(2 * np.pi * ((down * place)[:, None] + across * place + phase) / tints.TURN)
        for across, down, phase in waves
    )
    ours = tints._sum_of_waves(waves) / 32_766
    assert np.abs(ours - exact).max() < 8 * 2 * np.pi / 1024


def test_the_key_draws_every_kind_and_lean() -> None:
    """Kinds by their spectra: the number of strong frequencies tells a blob from the others."""
    strong, colours = [], []
    for index in range(60):
        change = pattern(Tints().draw(bytes(32), index))
        spectrum = np.abs(np.fft.fft2(change[..., 0]))
        strong.append(int((spectrum > 0.25 * spectrum.max()).sum()))
        colours.append(change[..., 1].std() / change[..., 0].std())
    assert min(strong) < 9
    assert max(strong) > 12
    assert np.std(colours) > 0.01


def test_two_keys_are_apart() -> None:
    marks = [Tints().draw(bytes(32), index) for index in range(12)]
    for index, one in enumerate(marks):
        for two in marks[:index]:
            assert linf_distance(one, two) > 0.15


def test_a_mix_of_tints_is_added_too() -> None:
    one, two = (Tints().draw(bytes(32), index) for index in range(2))
    assert mix_marks(one, two, 0) == one
    assert mix_marks(one, two, 0.5).additive


def test_marks_that_go_in_differently_do_not_mix() -> None:
    with pytest.raises(MarkError, match="can't be mixed"):
        mix_marks(Tints().draw(bytes(32), 0), get_family("gratings").draw(bytes(32), 0), 0.5)


def test_a_canvas_that_is_added_equals_no_canvas_that_is_blended_in() -> None:
    canvas = Tints().draw(bytes(32), 0).canvas
    assert CanvasMark(canvas, additive=True) != CanvasMark(canvas)
    assert not CanvasMark(canvas).colour_only
