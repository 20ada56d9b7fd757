"""All English sentences of the application, from one file."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words() -> dict[str, Any]:
    """The sentences by page and name, as `words.toml` has them."""
    return tomllib.loads(files("isotopes.app").joinpath("words.toml").read_text(encoding="utf-8"))
