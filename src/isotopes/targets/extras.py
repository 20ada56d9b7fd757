"""What to say where an optional package isn't there."""

from __future__ import annotations

from isotopes.errors import TargetUnusable


def missing(package: str, extra: str) -> TargetUnusable:
    """The error for a kind of target that needs `package`, which comes with `extra`."""
    return TargetUnusable(
        f"this target needs the package {package}, which is not installed",
        hint=f"pip install 'isotopes[{extra}]'",
    )
