"""Pictures as the bytes of a file, for services that take no arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np

from isotopes.errors import TargetUnusable
from isotopes.targets.target import Picture

Format = Literal["png", "jpeg"]

_SMALL = 64 * 64 * 3  # numbers in a picture
_PIXEL_BYTES = 3.125  # of a PNG that can't be compressed: three, and what its chunks add


@dataclass(frozen=True)
class Encoding:
    """How a picture is sent.

    Attributes:
        format: "png" loses nothing; "jpeg" is smaller.
        quality: of JPEG, 1 to 100; colour is kept at full resolution.
        longest_side: larger pictures are shrunk to that many pixels. It looks at the picture's size
            alone, so that the true mark and its decoys on one probe are shrunk alike.
        shortest_side: smaller pictures are enlarged to at least that many pixels, by repeating each
            pixel: nothing is invented that the mark or the decoy did not show.
    """

    format: Format = "png"
    quality: int = 95
    longest_side: int | None = None
    shortest_side: int | None = None

    def __post_init__(self) -> None:
        if self.format not in get_args(Format):
            raise TargetUnusable(f"format must be png or jpeg, got {self.format!r}")
        if not 1 <= self.quality <= 100:
            raise TargetUnusable(f"quality must be 1 to 100, got {self.quality}")
        for name in ("longest_side", "shortest_side"):
            side = getattr(self, name)
            if side is not None and side < 1:
                raise TargetUnusable(f"{name} must be 1 or more pixels, got {side}")


def lossless_within(most_bytes: int, shortest_side: int | None = None) -> Encoding:
    """PNG at the largest size whose file has at most so many bytes whatever the picture shows.

    A limit that looked at the file itself would shrink a mark with much detail more than its decoy.
    """
    return Encoding(
        "png", longest_side=math.isqrt(int(most_bytes / _PIXEL_BYTES)), shortest_side=shortest_side
    )


def encode(picture: Picture, how: Encoding) -> bytes:
    """The bytes of a PNG or JPEG file; the same for the same picture.

    Args:
        picture: uint8 RGB, (height, width, 3).
    """
    turned = cv2.cvtColor(
        _shrunk(_enlarged(picture, how.shortest_side), how.longest_side), cv2.COLOR_RGB2BGR
    )
    if how.format == "png":
        # Runs, not repeats: of photos a smaller file, in half the time. The smallest stay as they
        # are: what compressing them saves is less than the request around them.
        settings = [
            cv2.IMWRITE_PNG_COMPRESSION,
            int(turned.size > _SMALL),
            cv2.IMWRITE_PNG_STRATEGY,
            cv2.IMWRITE_PNG_STRATEGY_RLE,
        ]
    else:
        settings = [
            cv2.IMWRITE_JPEG_QUALITY,
            how.quality,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
        ]
    _, data = cv2.imencode(f".{how.format}", turned, settings)
    return data.tobytes()


def _enlarged(picture: Picture, shortest_side: int | None) -> Picture:
    factor = -(-(shortest_side or 1) // min(picture.shape[:2]))
    return picture.repeat(factor, axis=0).repeat(factor, axis=1) if factor > 1 else picture


def _shrunk(picture: Picture, longest_side: int | None) -> Picture:
    height, width = picture.shape[:2]
    longest = max(height, width)
    if longest_side is None or longest <= longest_side:
        return np.ascontiguousarray(picture)
    size = (
        max(1, round(width * longest_side / longest)),
        max(1, round(height * longest_side / longest)),
    )
    shrunk: Picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    return shrunk
