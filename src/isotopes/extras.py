"""Optional packages: which extra brings them, and how to install it.

The distribution is called `data-isotopes`. The name `isotopes` on the package index belongs to an
unrelated project, so no hint may use it. Nothing is released yet, so hints install from a checkout.
"""

from __future__ import annotations

from importlib.util import find_spec

from isotopes.errors import IsotopesError

DISTRIBUTION = "data-isotopes"
CHECK = ("scipy", "onnxruntime", "matplotlib")  # what the extra `check` brings, by module


def how_to_install(extra: str) -> str:
    """The command that installs an extra, as a hint. Change it here once there is a release.

    >>> how_to_install("heic")
    "in a checkout: pip install '.[heic]'"
    """
    return f"in a checkout: pip install '.[{extra}]'"


def need_check() -> None:
    """Raise an error early if a package that checks need is missing, before anything is asked.

    Raises:
        IsotopesError: one of the packages is not installed.
    """
    for package in CHECK:
        if find_spec(package) is None:
            raise IsotopesError(
                f"a check needs the package {package}, which is not installed",
                hint=how_to_install("check"),
            )
