"""Optional packages: which extra brings them, and what to tell a person who lacks one.

The distribution is called `data-isotopes`. The name `isotopes` on the package index belongs to an
unrelated project, so no hint may tell anybody to install that.
"""

from __future__ import annotations

from importlib.util import find_spec

from isotopes.errors import IsotopesError

DISTRIBUTION = "data-isotopes"
CHECK = ("scipy", "onnxruntime", "matplotlib")  # what the extra `check` brings, by module


def how_to_install(extra: str) -> str:
    """The command that installs an extra, as a hint.

    >>> how_to_install("heic")
    "pip install 'data-isotopes[heic]'"
    """
    return f"pip install '{DISTRIBUTION}[{extra}]'"


def need_check() -> None:
    """Tell a person who only marked so far what a check needs, before anything is asked.

    Raises:
        IsotopesError: one of the packages is not installed.
    """
    for package in CHECK:
        if find_spec(package) is None:
            raise IsotopesError(
                f"a check needs the package {package}, which is not installed",
                hint=how_to_install("check"),
            )
