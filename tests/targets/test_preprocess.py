from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from isotopes.errors import TargetError
from isotopes.targets import Picture
from isotopes.targets.local.preprocess import Preprocessing, fit_size, prepare_input

PLAIN = Preprocessing((4, 6))
IMAGENET = Preprocessing((4, 6), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


def random_pictures(count: int, height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def by_definition(picture: Picture, how: Preprocessing) -> NDArray[np.float64]:
    """The documented formula in float64, for a picture of the network's size."""
    x: Any = picture.astype(np.float64)
    if how.channels == "bgr":
        x = x[..., ::-1]
    if how.channels == "grey":
        x = np.round(x @ [0.299, 0.587, 0.114])[..., None]
    if how.dtype != "uint8":
        x = (how.white * x / 255 - (how.mean or 0.0)) / (how.std or 1.0)
    return np.asarray(x.transpose(2, 0, 1) if how.layout == "nchw" else x)


@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8"])
@pytest.mark.parametrize("white", [1, 255])
@pytest.mark.parametrize("channels", ["rgb", "bgr", "grey"])
def test_the_input_is_as_defined(layout: Any, dtype: Any, white: int, channels: Any) -> None:
    numbers = () if dtype == "uint8" else (0.3, 0.4, 0.5)[: 1 if channels == "grey" else 3]
    how = Preprocessing(
        (4, 6), numbers, numbers, white, channels=channels, layout=layout, dtype=dtype
    )
    some = random_pictures(5, 4, 6)
    prepared = prepare_input(some, how)
    assert prepared.dtype == dtype
    assert prepared.shape == (5, *how.shape)
    assert prepared.flags.c_contiguous
    wanted = np.stack([by_definition(picture, how) for picture in some])
    # Luma is rounded twice at most, by one level, which is white / 255 / 0.3 here.
    level = 0.01 if channels != "grey" else 1.01 * (white / 255 / 0.3 if numbers else 1)
    np.testing.assert_allclose(prepared.astype(np.float64), wanted, rtol=1e-3, atol=level)


def test_float32_is_the_formula_rounded_once() -> None:
    some = random_pictures(1, 4, 6)
    exact = by_definition(some[0], IMAGENET).astype(np.float32)
    np.testing.assert_array_equal(prepare_input(some, IMAGENET)[0], exact)


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), min_size=1, max_size=6),
    resize=st.sampled_from(["stretch", "crop"]),
    interpolation=st.sampled_from(["nearest", "bilinear", "bicubic", "lanczos", "area"]),
    antialias=st.booleans(),
)
def test_a_picture_is_prepared_alike_in_any_company(
    sizes: list[tuple[int, int]], resize: Any, interpolation: Any, antialias: bool
) -> None:
    how = replace(IMAGENET, resize=resize, interpolation=interpolation, antialias=antialias)
    some = [random_pictures(1, *size, seed=place)[0] for place, size in enumerate(sizes)]
    together = prepare_input(some, how)
    for picture, prepared in zip(some, together, strict=True):
        np.testing.assert_array_equal(prepare_input([picture], how)[0], prepared)


def test_an_array_and_a_list_are_prepared_alike() -> None:
    some = random_pictures(200, 32, 32)  # more than are normalised at a time
    how = replace(IMAGENET, size=(32, 32))
    np.testing.assert_array_equal(prepare_input(some, how), prepare_input(list(some), how))


def test_a_picture_of_the_right_size_is_not_resampled() -> None:
    (picture,) = random_pictures(1, 4, 6)
    assert fit_size(picture, PLAIN) is picture
    np.testing.assert_array_equal(
        fit_size(picture, replace(PLAIN, resize="crop", size=(4, 4))), picture[:, 1:5]
    )


def test_antialiasing_is_that_of_pillow() -> None:
    (picture,) = random_pictures(1, 31, 45)
    wanted = np.asarray(Image.fromarray(picture).resize((6, 4), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(fit_size(picture, PLAIN), wanted)
    aliased = fit_size(picture, replace(PLAIN, antialias=False))
    assert aliased.std() > 1.5 * wanted.std()  # a few pixels of noise instead of many


def test_crop_keeps_the_middle_as_torchvision_does() -> None:
    """Resize(8) makes 8 x 13 of 20 x 33; CenterCrop((6, 5)) starts at row 1, column 4."""
    (picture,) = random_pictures(1, 20, 33)
    how = Preprocessing((6, 5), resize="crop", shortest=8)
    whole = np.asarray(Image.fromarray(picture).resize((13, 8), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(fit_size(picture, how), whole[1:7, 4:9])
    upright = np.ascontiguousarray(picture.transpose(1, 0, 2))
    tall = np.asarray(Image.fromarray(upright).resize((8, 13), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(fit_size(upright, how), tall[4:10, 2:7])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": (0, 6)}, r"size must be height and width in pixels, got \[0, 6\]"),
        ({"mean": (0.5,), "std": (0.5,)}, r"mean must hold 3 numbers, got \[0.5\]"),
        ({"mean": (0.5,) * 3}, "mean and std must both be there"),
        ({"mean": (0.5,) * 3, "std": (0.5, 0, 1)}, "std above 0"),
        ({"mean": (0.5, float("nan"), 0), "std": (1,) * 3}, "mean must hold 3 numbers"),
        ({"resize": "fit"}, "resize must be one of stretch, crop, got 'fit'"),
        ({"white": 100}, "white must be one of 1, 255, got 100"),
        ({"dtype": "uint8", "mean": (0,) * 3, "std": (1,) * 3}, "bytes must have no mean"),
        ({"shortest": 8}, "shortest goes with resize crop"),
        ({"resize": "crop", "shortest": 5}, "must be 6 to 16384 to cover the size, got 5"),
    ],
)
def test_what_can_not_be_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TargetError, match=message):
        replace(PLAIN, **change)
