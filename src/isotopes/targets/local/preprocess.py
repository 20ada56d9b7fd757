"""Turns pictures into the array that a network takes, as its description declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isotopes.errors import TargetUnusable
from isotopes.targets.target import Picture

Pictures = Sequence[Picture] | NDArray[np.uint8]  # the latter of shape (n, height, width, 3)
Resize = Literal["stretch", "crop"]
Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos", "area"]
Channels = Literal["rgb", "bgr", "grey"]
Layout = Literal["nchw", "nhwc"]
Dtype = Literal["float32", "float16", "uint8"]

_CHOICES = {
    "resize": get_args(Resize),
    "interpolation": get_args(Interpolation),
    "channels": get_args(Channels),
    "layout": get_args(Layout),
    "dtype": get_args(Dtype),
    "white": (1, 255),
}
_OPENCV = {
    "nearest": cv2.INTER_NEAREST,
    "bilinear": cv2.INTER_LINEAR,
    "bicubic": cv2.INTER_CUBIC,
    "lanczos": cv2.INTER_LANCZOS4,
    "area": cv2.INTER_AREA,
}
_PILLOW = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_FROM_RGB = {"bgr": cv2.COLOR_RGB2BGR, "grey": cv2.COLOR_RGB2GRAY}
_AT_ONCE = 2**16  # pixels normalised at a time: they stay in a core's own cache
MOST_PIXELS = 2**26  # of an input: a description may come from a stranger
_LONGEST_SIDE = 2**14


@dataclass(frozen=True)
class Preprocessing:
    """What happens to a picture before a network sees it.

    The input is ``(white * byte / 255 - mean) / std`` for each channel, computed in float64 and
    rounded once, so that it is the same on every machine.

    Attributes:
        size: height and width of the network's input, in pixels.
        mean, std: one number for each channel; both empty if the input is bytes.
        white: the value of a white pixel before `mean` is subtracted, 1 or 255.
        resize: "stretch" to `size`; or "crop": scale the shorter side to `shortest` pixels, then
            cut out the centre.
        shortest: with "crop"; None for the longer side of `size`.
        interpolation: how to resample.
        antialias: when shrinking, whether all pixels count, as in Pillow and torchvision, or the
            nearest few, as in OpenCV and TensorFlow. Makes no difference to "nearest" and "area".
        channels: which, in which order; "grey" is luma by Rec. 601.
        layout: "nchw" or "nhwc".
        dtype: of the input; with "uint8" bytes go in unchanged.
    """

    size: tuple[int, int]
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    white: float = 1
    resize: Resize = "stretch"
    shortest: int | None = None
    interpolation: Interpolation = "bilinear"
    antialias: bool = True
    channels: Channels = "rgb"
    layout: Layout = "nchw"
    dtype: Dtype = "float32"

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                known = ", ".join(map(str, choices))
                raise TargetUnusable(f"{name} must be one of {known}, got {getattr(self, name)!r}")
        if min(self.size) < 1:
            raise TargetUnusable(f"size must be height and width in pixels, got {list(self.size)}")
        if self.size[0] * self.size[1] > MOST_PIXELS or max(self.size) > _LONGEST_SIDE:
            raise TargetUnusable(
                f"size must be at most {_LONGEST_SIDE:,} pixels a side and {MOST_PIXELS:,} in all,"
                f" got {list(self.size)}"
            )
        self._check_normalisation()
        if self.shortest is not None and (
            self.resize != "crop" or not max(self.size) <= self.shortest <= _LONGEST_SIDE
        ):
            raise TargetUnusable(
                f"shortest goes with resize crop, and must be {max(self.size)} to {_LONGEST_SIDE}"
                f" to cover the size, got {self.shortest} with {self.resize}"
            )

    @property
    def depth(self) -> int:
        """How many channels the network takes."""
        return 1 if self.channels == "grey" else 3

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of one prepared picture."""
        height, width = self.size
        nchw = self.layout == "nchw"
        return (self.depth, height, width) if nchw else (height, width, self.depth)

    def _check_normalisation(self) -> None:
        if self.dtype == "uint8" and (self.mean or self.std):
            raise TargetUnusable("a network that takes bytes must have no mean and no std")
        for name in ("mean", "std"):
            numbers = getattr(self, name)
            if numbers and (len(numbers) != self.depth or not np.isfinite(numbers).all()):
                raise TargetUnusable(f"{name} must hold {self.depth} numbers, got {list(numbers)}")
        if len(self.mean) != len(self.std) or (self.std and min(self.std) <= 0):
            raise TargetUnusable(
                "mean and std must both be there, with std above 0,"
                f" got {list(self.mean)} and {list(self.std)}"
            )


def prepare_input(
    pictures: Pictures, how: Preprocessing, room: NDArray[Any] | None = None
) -> NDArray[Any]:
    """The network's input, shape (n, channels, height, width), or "nhwc" as declared.

    Args:
        pictures: uint8 RGB, each (height, width, 3); sizes may differ. One array of pictures that
            already have the network's size is fastest.
        room: an array for at least as many pictures to write into; its first rows are returned.
            Allocating memory each time takes longer than filling it.
    """
    height, width = how.size
    shape = (len(pictures), *how.shape)
    out = np.empty(shape, how.dtype) if room is None else room[: len(pictures)]
    step = max(1, _AT_ONCE // (height * width))
    for start in range(0, len(pictures), step):
        part = slice(start, start + step)
        _normalise(_fit_all(pictures[part], how), how, out[part])
    return out


def fit_size(picture: Picture, how: Preprocessing) -> Picture:
    """The picture at the network's size, uint8 RGB; not copied if it already has it."""
    height, width = picture.shape[:2]
    if how.resize == "stretch":
        return _resize(picture, how.size, how)
    shortest = how.shortest or max(how.size)
    # Rounded like torchvision's Resize and CenterCrop.
    longest = int(shortest * max(height, width) / min(height, width))
    size = (shortest, longest) if height <= width else (longest, shortest)
    scaled = _resize(picture, size, how)
    top, left = (round((side - kept) / 2) for side, kept in zip(size, how.size, strict=True))
    return scaled[top : top + how.size[0], left : left + how.size[1]]


def _resize(picture: Picture, size: tuple[int, int], how: Preprocessing) -> Picture:
    if picture.shape[:2] == size:
        return picture
    height, width = size
    if how.antialias and how.interpolation in _PILLOW:
        small = Image.fromarray(picture).resize((width, height), _PILLOW[how.interpolation])
        return np.asarray(small)
    flag = _OPENCV[how.interpolation]
    resized: Picture = cv2.resize(picture, (width, height), interpolation=flag)  # type: ignore[assignment]
    return resized


def _fit_all(pictures: Pictures, how: Preprocessing) -> NDArray[np.uint8]:
    """All pictures as one array, shape (n, height, width, 3)."""
    if isinstance(pictures, np.ndarray) and pictures.shape[1:3] == how.size:
        return np.ascontiguousarray(pictures)
    return np.stack([fit_size(picture, how) for picture in pictures])


def _normalise(pictures: NDArray[np.uint8], how: Preprocessing, out: NDArray[Any]) -> None:
    """Write the input for `pictures`, which have the network's size, into `out`."""
    tall = pictures.reshape(-1, how.size[1], 3)  # OpenCV takes one picture, so stack them
    converted = tall if how.channels == "rgb" else cv2.cvtColor(tall, _FROM_RGB[how.channels])
    table = _table(how)
    if how.layout == "nhwc":
        out[...] = cv2.LUT(converted, table[None]).reshape(out.shape)
        return
    for channel, plane in enumerate(cv2.split(converted)):
        values = cv2.LUT(plane, np.ascontiguousarray(table[:, channel]))
        out[:, channel] = values.reshape(len(out), *how.size)


@lru_cache(maxsize=8)
def _table(how: Preprocessing) -> NDArray[Any]:
    """The input value for each byte in each channel, shape (256, channels)."""
    bytes_ = np.arange(256)[:, None].repeat(how.depth, axis=1)
    if how.dtype == "uint8":
        return bytes_.astype(np.uint8)
    mean, std = how.mean or (0.0,), how.std or (1.0,)
    table: NDArray[Any] = ((how.white * bytes_ / 255 - mean) / std).astype(how.dtype)
    return table
