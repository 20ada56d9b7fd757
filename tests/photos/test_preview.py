from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from photo_files import encode, gratings, scene
from scipy.ndimage import correlate

from isotopes.errors import BlendError, PhotoError
from isotopes.photos import preview_photo
from isotopes.photos.similarity import psnr, ssim

PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 16), st.integers(1, 16), st.just(3)))


def ssim_by_the_book(one: np.ndarray, two: np.ndarray) -> float:
    """Equations 13 to 17 of the paper, window by window."""
    place = np.arange(-5, 6)
    window = np.exp(-(place[:, None] ** 2 + place**2) / (2 * 1.5**2))
    window /= window.sum()
    total = []
    for top in range(one.shape[0] - 10):
        for left in range(one.shape[1] - 10):
            x, y = (p[top : top + 11, left : left + 11] for p in (one, two))
            mx, my = (window * x).sum(), (window * y).sum()
            vx, vy = (window * (x - mx) ** 2).sum(), (window * (y - my) ** 2).sum()
            cov = (window * (x - mx) * (y - my)).sum()
            c1, c2 = 6.5025, 58.5225
            total.append((2 * mx * my + c1) * (2 * cov + c2))
            total[-1] /= (mx**2 + my**2 + c1) * (vx + vy + c2)
    return float(np.mean(total))


def test_ssim_agrees_with_the_paper() -> None:
    one = np.repeat(scene(24, 30)[..., :1], 3, axis=2)
    two = np.repeat(scene(24, 30, seed=1)[..., :1], 3, axis=2)
    expected = ssim_by_the_book(one[..., 0].astype(float), two[..., 0].astype(float))
    assert ssim(one, two) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(data=st.data(), one=PICTURES)
def test_laws_of_likeness(data: st.DataObject, one: np.ndarray) -> None:
    two = data.draw(hnp.arrays(np.uint8, one.shape))
    assert ssim(one, one) == pytest.approx(1)
    assert psnr(one, one) == math.inf
    assert ssim(one, two) == pytest.approx(ssim(two, one))
    assert -1 <= ssim(one, two) <= 1 + 1e-9
    assert psnr(one, two) == psnr(two, one) >= 0


def test_psnr_of_a_known_error() -> None:
    one = np.full((20, 20, 3), 100, np.uint8)
    assert psnr(one, one + 1) == pytest.approx(48.13, abs=0.01)
    assert psnr(np.zeros_like(one), np.full_like(one, 255)) == pytest.approx(0)


def test_blur_costs_likeness() -> None:
    sharp = scene(48, 48)
    soft = correlate(sharp.astype(float), np.full((3, 3, 1), 1 / 9)).astype(np.uint8)
    assert 0.3 < ssim(sharp, soft) < 0.99


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_preview_shows_more_difference_for_more_alpha(tmp_path: Path, kind: str) -> None:
    (tmp_path / "photo").write_bytes(encode(scene(96, 144), kind))
    preview = preview_photo(tmp_path / "photo", gratings(), {"one": 0.1, "two": 0.3, "three": 0.5})
    assert [row.alpha for row in preview.rows] == [0.1, 0.3, 0.5]
    for measure in ("psnr", "ssim"):
        values = [getattr(row.measures, measure) for row in preview.rows]
        assert values == sorted(values, reverse=True)
    told = json.loads(json.dumps(preview.to_dict()))
    assert told["bytes"] == (tmp_path / "photo").stat().st_size
    assert told["rows"][1]["psnr"] == preview.rows[1].measures.psnr
    # two rows of four cells, with something on them
    width, height = preview.sheet.size
    assert width > 3 * 320
    assert height > 2 * 200
    assert np.asarray(preview.sheet).std() > 10


def test_a_preview_without_a_mark_has_no_number_for_infinity(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(encode(scene(), "PNG"))
    told = preview_photo(tmp_path / "photo.png", gratings(), {"none": 0.0}).to_dict()
    assert told["rows"][0]["psnr"] is None
    assert told["rows"][0]["ssim"] == pytest.approx(1)


def test_what_cannot_be_marked_has_no_preview(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"a tree")
    with pytest.raises(PhotoError, match=r"notes\.txt can't be marked: not a picture"):
        preview_photo(tmp_path / "notes.txt", gratings(), {})
    with pytest.raises(PhotoError, match=r"none\.jpg can't be read: No such file"):
        preview_photo(tmp_path / "none.jpg", gratings(), {})
    data = bytearray(encode(scene(), "PNG"))
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "damaged.png").write_bytes(data)
    with pytest.raises(PhotoError, match=r"damaged\.png can't be (marked|read)"):
        preview_photo(tmp_path / "damaged.png", gratings(), {"some": 0.4})


def test_alphas_out_of_range_are_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(encode(scene(), "PNG"))
    with pytest.raises(BlendError, match="got 2"):
        preview_photo(tmp_path / "photo.png", gratings(), {"much": 2})
