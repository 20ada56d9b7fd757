"""From pictures to the array that a network takes, as its owner declares it."""

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
_TURN = {"bgr": cv2.COLOR_RGB2BGR, "grey": cv2.COLOR_RGB2GRAY}
_AT_ONCE = 2**16  # pixels normalised at a time: what stays in a core's own cache


@dataclass(frozen=True)
class Preprocessing:
    """What happens to a picture before a network sees it.

    The input is ``(white * byte / 255 - mean) / std`` for each channel, computed in float64 and
    rounded once, so that it is the same on every machine.

    Attributes:
        size: height and width of the network's input, in pixels.
        mean, std: one number for each channel; none of both where bytes go in as they are.
        white: what a white pixel is before `mean` is taken off, 1 or 255.
        resize: "stretch" to `size`; or "crop": the shorter side is brought to `shortest` pixels and
            the middle cut out.
        shortest: with "crop"; None for the longer side of `size`.
        interpolation: how pixels are made where the size changes.
        antialias: whether all pixels count when a picture is made smaller, as in Pillow and
            torchvision, or the nearest few, as in OpenCV and TensorFlow. Nothing to "nearest" and
            "area".
        channels: which, in which order; "grey" is luma by Rec. 601.
        layout: "nchw" or "nhwc".
        dtype: what the network takes; with "uint8" the bytes go in as they are.
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
        self._check_normalisation()
        if self.shortest is not None and (self.resize != "crop" or self.shortest < max(self.size)):
            raise TargetUnusable(
                f"shortest goes with resize crop, and must be {max(self.size)} or more to cover"
                f" the size, got {self.shortest} with {self.resize}"
            )

    @property
    def depth(self) -> int:
        """How many channels the network takes."""
        return 1 if self.channels == "grey" else 3

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of one prepared picture."""
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


def prepare(
    pictures: Pictures, how: Preprocessing, room: NDArray[Any] | None = None
) -> NDArray[Any]:
    """The network's input, shape (n, channels, height, width), or "nhwc" as declared.

    Args:
        pictures: uint8 RGB, each (height, width, 3); sizes may differ. Fastest as one array of
            pictures that have the network's size already.
        room: an array of at least so many pictures to write into, of which the first are given
            back. Memory that is new each time takes longer to get than to fill.
    """
    height, width = how.size
    shape = (len(pictures), *how.shape)
    out = np.empty(shape, how.dtype) if room is None else room[: len(pictures)]
    step = max(1, _AT_ONCE // (height * width))
    for start in range(0, len(pictures), step):
        some = slice(start, start + step)
        _normalise(_fitted(pictures[some], how), how, out[some])
    return out


def fit(picture: Picture, how: Preprocessing) -> Picture:
    """The picture at the network's size, uint8 RGB; not copied where it has that size."""
    height, width = picture.shape[:2]
    if how.resize == "stretch":
        return _resized(picture, how.size, how)
    shortest = how.shortest or max(how.size)
    # Lengths and offsets are rounded as torchvision's Resize and CenterCrop round them.
    longest = int(shortest * max(height, width) / min(height, width))
    size = (shortest, longest) if height <= width else (longest, shortest)
    whole = _resized(picture, size, how)
    top, left = (round((side - kept) / 2) for side, kept in zip(size, how.size, strict=True))
    return whole[top : top + how.size[0], left : left + how.size[1]]


def _resized(picture: Picture, size: tuple[int, int], how: Preprocessing) -> Picture:
    if picture.shape[:2] == size:
        return picture
    height, width = size
    if how.antialias and how.interpolation in _PILLOW:
        small = Image.fromarray(picture).resize((width, height), _PILLOW[how.interpolation])
        return np.asarray(small)
    flag = _OPENCV[how.interpolation]
    resized: Picture = cv2.resize(picture, (width, height), interpolation=flag)  # type: ignore[assignment]
    return resized


def _fitted(pictures: Pictures, how: Preprocessing) -> NDArray[np.uint8]:
    """All of them as one array, shape (n, height, width, 3)."""
    if isinstance(pictures, np.ndarray) and pictures.shape[1:3] == how.size:
        return np.ascontiguousarray(pictures)
    return np.stack([fit(picture, how) for picture in pictures])


def _normalise(pictures: NDArray[np.uint8], how: Preprocessing, out: NDArray[Any]) -> None:
    """Write what the network takes for `pictures`, all of its size, into `out`."""
    tall = pictures.reshape(-1, how.size[1], 3)  # OpenCV takes one picture: all, one below another
    turned = tall if how.channels == "rgb" else cv2.cvtColor(tall, _TURN[how.channels])
    table = _table(how)
    if how.layout == "nhwc":
        out[...] = cv2.LUT(turned, table[None]).reshape(out.shape)
        return
    for channel, plane in enumerate(cv2.split(turned)):
        values = cv2.LUT(plane, np.ascontiguousarray(table[:, channel]))
        out[:, channel] = values.reshape(len(out), *how.size)


@lru_cache(maxsize=8)
def _table(how: Preprocessing) -> NDArray[Any]:
    """What each byte becomes in each channel, shape (256, channels)."""
    bytes_ = np.arange(256)[:, None].repeat(how.depth, axis=1)
    if how.dtype == "uint8":
        return bytes_.astype(np.uint8)
    mean, std = how.mean or (0.0,), how.std or (1.0,)
    table: NDArray[Any] = ((how.white * bytes_ / 255 - mean) / std).astype(how.dtype)
    return table
