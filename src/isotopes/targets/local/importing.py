"""Python functions that a person names on the command line, and the code they consist of."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable
from operator import attrgetter
from pathlib import Path
from typing import Any

from isotopes.canonical import digest_file
from isotopes.errors import TargetUnusable


def import_function(spec: str, *takes: str) -> Callable[..., Any]:
    """The function ``module:function``; modules in the current folder are found too.

    Call this only with what the person typed. Nothing that lies beside a model may name code.

    Args:
        takes: what it is called with, in words; empty for whatever it takes.

    Raises:
        TargetUnusable: no such module or function, or it can't be called with that.
    """
    module, _, function = spec.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        # Last, so that no file in this folder can stand in for an installed package.
        sys.path.append(here)
    try:
        named = attrgetter(function)(importlib.import_module(module))
    except (ImportError, AttributeError, ValueError) as error:
        raise TargetUnusable(
            f"there is no Python function {spec}: {error}",
            hint="write MODULE:FUNCTION; the module may be a file in the current folder",
        ) from error
    except Exception as error:  # whatever a person's own module raises
        raise TargetUnusable(
            f"{module} can't be imported, it raised {type(error).__name__}: {error}",
            hint="correct the module",
        ) from error
    if not callable(named):
        raise TargetUnusable(f"{spec} must be a function, got a {type(named).__name__}")
    if takes:
        _check_takes(named, spec, takes)
    return named  # type: ignore[no-any-return]


def wrong_function(name: str, rule: str, got: str) -> TargetUnusable:
    """The error for a function that returns something else than it must."""
    return TargetUnusable(
        f"{name} must return {rule}, got {got}",
        hint="it is a mistake in the function: correct it",
    )


def _check_takes(function: Callable[..., Any], spec: str, takes: tuple[str, ...]) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions in C have none
        return
    try:
        signature.bind(*takes)
    except TypeError as error:
        raise TargetUnusable(
            f"{spec} must take {' and '.join(takes)}: {error}", hint="correct the function"
        ) from None


def source_digests(modules: Iterable[str | None]) -> dict[str, str]:
    """``sha256:...`` of the source file of each of these modules that has one, by name.

    Whatever else a module reads, such as weights, is not covered.
    """
    digests = {}
    for name in sorted({name for name in modules if name}):
        file = getattr(sys.modules.get(name), "__file__", None)
        if file is not None and Path(file).is_file():
            digests[name] = digest_file(Path(file))
    return digests
