"""A Python function that a person names."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any

from isotopes.errors import TargetUnusable


def import_function(spec: str) -> Callable[..., Any]:
    """What ``module:function`` names; modules of the current folder are found.

    Raises:
        TargetUnusable: no such module or function.
    """
    module, _, function = spec.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = attrgetter(function)(importlib.import_module(module))
    except (ImportError, AttributeError, ValueError) as error:
        raise TargetUnusable(
            f"there is no Python function {spec}: {error}",
            hint="write MODULE:FUNCTION; the module may be a file in the current folder",
        ) from error
    if not callable(found):
        raise TargetUnusable(f"{spec} must be a function, got a {type(found).__name__}")
    return found  # type: ignore[no-any-return]
