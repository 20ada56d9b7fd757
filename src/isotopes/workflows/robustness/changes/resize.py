"""Shrunk so that the longer side has so many pixels; a smaller picture stays as it is."""

from __future__ import annotations

from functools import partial

from isotopes.photos.reading import shrunk

SIDES = (2048, 1080, 512, 224)

CHANGES = {f"{side} pixels": partial(shrunk, side=side) for side in SIDES}
