from __future__ import annotations

import json
import math
import sys

import numpy as np
import pytest
from photo_files import scene

from isotopes.photos.perceived import Measures, flip, perceived_difference, shows_bands, ssimulacra2


def noisy(picture: np.ndarray, levels: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, levels, picture.shape)
    return (picture + noise).clip(0, 255).round().astype(np.uint8)


def test_more_noise_is_worse_by_each_measure() -> None:
    before = scene(64, 80)
    little, much = (perceived_difference(before, noisy(before, levels)) for levels in (2, 20))
    assert little.psnr > much.psnr
    assert little.ssim > much.ssim
    pytest.importorskip("ssimulacra2")
    pytest.importorskip("flip_evaluator")
    assert (little.ssimulacra2 or 0) > (much.ssimulacra2 or 0)
    assert (little.flip or 0) < (much.flip or 0)


def test_the_same_picture() -> None:
    found = perceived_difference(scene(64, 80), scene(64, 80))
    assert found.psnr == math.inf
    assert found.in_words == "can't be told from the original side by side"
    assert json.loads(json.dumps(found.to_dict()))["psnr"] is None
    assert found.ssimulacra2 is None or found.ssimulacra2 == pytest.approx(100)
    assert found.flip is None or found.flip == pytest.approx(0)


def test_without_the_packages_nothing_is_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ssimulacra2", None)
    monkeypatch.setitem(sys.modules, "flip_evaluator", None)
    assert ssimulacra2(scene(), scene()) is None
    assert flip(scene(), scene()) is None


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Measures(30.0, 1, 91.0), "can't be told from the original side by side"),
        (Measures(30.0, 1, 80.0), "hardly visible"),
        (Measures(50.0, 1, 49.0), "plainly visible"),
        (Measures(36.0, 1), "hardly visible"),
        (Measures(32.0, 1), "visible to those who look for it"),
        (Measures(20.0, 1), "plainly visible"),
    ],
)
def test_words(found: Measures, words: str) -> None:
    assert found.in_words == words


def test_bands_show_in_smooth_pale_pictures_only() -> None:
    sky = np.linspace(170, 220, 120)[:, None, None] + np.array([0, 8, 20]) + np.zeros((120, 160, 3))
    assert shows_bands(sky.astype(np.uint8))
    assert not shows_bands(noisy(sky, 12))
    leaf = np.zeros((120, 160, 3), np.uint8) + np.array([20, 140, 60], np.uint8)
    assert not shows_bands(leaf)
