"""The error for an optional package that isn't installed."""

from __future__ import annotations

from isotopes.errors import TargetUnusable
from isotopes.extras import how_to_install


def missing(package: str, extra: str) -> TargetUnusable:
    """The error for a target that needs `package`, which comes with the extra `extra`."""
    return TargetUnusable(
        f"this target needs the package {package}, which is not installed",
        hint=how_to_install(extra),
    )
