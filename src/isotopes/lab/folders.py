"""Where image sets are, and where the lab caches its results."""

from __future__ import annotations

import os
from pathlib import Path

DATA = "ISOTOPES_DATA"
CACHE = "ISOTOPES_LAB_CACHE"
CURVES = "ISOTOPES_LAB_TENSORBOARD"


def data_folder() -> Path:
    """The folder that holds one folder for each image set: ISOTOPES_DATA, else `data`."""
    return Path(os.environ.get(DATA, "data"))


def cache_folder() -> Path:
    """ISOTOPES_LAB_CACHE, else the platform's cache folder."""
    given = os.environ.get(CACHE)
    if given:
        return Path(given)
    from platformdirs import user_cache_path  # here: a bare GPU machine has none

    return user_cache_path("isotopes", appauthor=False) / "lab"


def curves_folder() -> Path | None:
    """Where trainings write curves for TensorBoard: ISOTOPES_LAB_TENSORBOARD; None unless set."""
    given = os.environ.get(CURVES)
    return Path(given) if given else None
