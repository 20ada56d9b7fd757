"""Pictures as image files, for services that don't take arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from isotopes.errors import TargetUnusable
from isotopes.targets.target import Picture

Format = Literal["png", "jpeg"]

_SMALL = 64 * 64 * 3  # samples
_PIXEL_BYTES = 3.125  # of a PNG that can't be compressed: three, plus the chunks around them


@dataclass(frozen=True)
class Encoding:
    """How a picture is sent.

    Attributes:
        format: "png" loses nothing; "jpeg" is smaller.
        quality: of JPEG, 1 to 100. Colour keeps its full resolution.
        longest_side: larger pictures are shrunk to this many pixels. Only the picture's size
            counts, so the true mark and its decoys on one probe are shrunk alike.
        shortest_side: smaller pictures are enlarged to at least this many pixels by repeating
            pixels, which adds nothing that the mark or the decoy did not show.
        least_bytes: a PNG that would be smaller is not compressed. It shows the same, so it is no
            part of what identifies a target (its repr).
    """

    format: Format = "png"
    quality: int = 95
    longest_side: int | None = None
    shortest_side: int | None = None
    least_bytes: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        if self.format not in get_args(Format):
            raise TargetUnusable(f"format must be png or jpeg, got {self.format!r}")
        if not 1 <= self.quality <= 100:
            raise TargetUnusable(f"quality must be 1 to 100, got {self.quality}")
        for name in ("longest_side", "shortest_side"):
            side = getattr(self, name)
            if side is not None and side < 1:
                raise TargetUnusable(f"{name} must be 1 or more pixels, got {side}")


def lossless_within(
    most_bytes: int, shortest_side: int | None = None, least_bytes: int = 0
) -> Encoding:
    """PNG at the largest size whose file stays within `most_bytes` whatever the picture shows.

    A limit on the file itself would shrink a mark with much detail more than its decoy.
    """
    longest = math.isqrt(int(most_bytes / _PIXEL_BYTES))
    return Encoding(
        "png", longest_side=longest, shortest_side=shortest_side, least_bytes=least_bytes
    )


def encode(picture: Picture, how: Encoding) -> bytes:
    """The bytes of a PNG or JPEG file; equal pictures give equal bytes.

    Args:
        picture: uint8 RGB, (height, width, 3).
    """
    sized = _shrink(_enlarge(picture, how.shortest_side), how.longest_side)
    bgr = cv2.cvtColor(sized, cv2.COLOR_RGB2BGR)
    if how.format == "png":
        # Small pictures are not compressed: it would save less than the request around them takes.
        file = _png(bgr, compress=bgr.size > _SMALL)
        return file if len(file) >= how.least_bytes else _png(bgr, compress=False)
    settings = [
        cv2.IMWRITE_JPEG_QUALITY,
        how.quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    return cv2.imencode(".jpeg", bgr, settings)[1].tobytes()


def _png(bgr: NDArray[Any], *, compress: bool) -> bytes:
    # Run lengths only: for photos that gives smaller files in half the time.
    settings = [
        cv2.IMWRITE_PNG_COMPRESSION,
        int(compress),
        cv2.IMWRITE_PNG_STRATEGY,
        cv2.IMWRITE_PNG_STRATEGY_RLE,
    ]
    return cv2.imencode(".png", bgr, settings)[1].tobytes()


def _enlarge(picture: Picture, shortest_side: int | None) -> Picture:
    factor = -(-(shortest_side or 1) // min(picture.shape[:2]))
    return picture.repeat(factor, axis=0).repeat(factor, axis=1) if factor > 1 else picture


def _shrink(picture: Picture, longest_side: int | None) -> Picture:
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
