"""What is done to published pictures, one kind a file: each has `CHANGES`, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from isotopes.targets import Picture
from isotopes.workflows.robustness.changes import (
    chain,
    colour,
    crop,
    mirror,
    recompress,
    resize,
    screenshot,
)

Change = Callable[[Picture], Picture]

CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        **resize.CHANGES,
        **recompress.CHANGES,
        **crop.CHANGES,
        **mirror.CHANGES,
        **screenshot.CHANGES,
        **colour.CHANGES,
        **chain.CHANGES,
    }
)
