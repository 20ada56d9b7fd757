"""The middle of the picture: so much of its width and of its height."""

from __future__ import annotations

from functools import partial

from isotopes.targets import Picture

PERCENT = (95, 90, 80)


def crop(picture: Picture, percent: int) -> Picture:
    """The middle `percent` of the width and of the height."""
    height, width = picture.shape[:2]
    rows, columns = max(1, height * percent // 100), max(1, width * percent // 100)
    top, left = (height - rows) // 2, (width - columns) // 2
    return picture[top : top + rows, left : left + columns]


CHANGES = {f"crop {percent} %": partial(crop, percent=percent) for percent in PERCENT}
