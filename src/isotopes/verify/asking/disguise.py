"""Queries that don't look alike, for services that answer look-alikes with one answer.

A check asks about each picture a hundred times, with another draw each time. Faint marks change so
little that a service which compares queries takes them for one picture. So each query shows the
picture cropped, a little lighter or darker and of other contrast, before the mark is put in; the
mark itself stays whole.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from isotopes.seeds import KeyStream, derive
from isotopes.targets import Picture
from isotopes.verify.evidence.disguised import LEAST_SIDE, LIGHT

MIDDLE = 127.5


def disguised(picture: Picture, seed_key: bytes, mark: int, probe: int) -> Picture:
    """The picture as this query shows it, of the same size.

    The change is drawn from the plan's seed for this mark and this picture alone, by the same rule
    for the mark and for all decoys. So draws that were exchangeable stay exchangeable, and an exact
    test stays exact. The same query is always changed alike: who asks again asks the same.

    Args:
        picture: uint8, shape (height, width, 3).
        mark: 0 for the mark, i for decoy i.
        probe: the picture's place in the plan.
    """
    height, width = picture.shape[:2]
    stream = KeyStream(derive(seed_key, f"isotopes/v1/disguise/{mark}/{probe}"))
    tall, wide, down, right, contrast, light = (stream.integers(0, 2**32, 6) / 2**32).tolist()
    tall, wide = (LEAST_SIDE + (1 - LEAST_SIDE) * one for one in (tall, wide))
    top, left = down * (1 - tall) * height, right * (1 - wide) * width
    box = (left, top, left + wide * width, top + tall * height)
    cropped = Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR, box=box)
    steepness, shift = 1 + LIGHT * (2 * contrast - 1), LIGHT * MIDDLE * (2 * light - 1)
    levels = (np.arange(256) - MIDDLE) * steepness + MIDDLE + shift
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    changed: Picture = table[np.asarray(cropped)]
    return changed
