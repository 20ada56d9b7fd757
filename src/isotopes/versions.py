"""Which versions made a result."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from isotopes import __version__


def installed_versions(*packages: str) -> dict[str, str]:
    """Of isotopes, of Python, and of those packages that are installed."""
    return dict(_found(packages))


@cache
def _found(packages: tuple[str, ...]) -> dict[str, str]:
    found = {"isotopes": __version__, "python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
