"""How a notebook shows a verdict. `isotopes.report` registers the HTML; this module calls it."""

from __future__ import annotations

from functools import singledispatch


@singledispatch
def as_html(_verdict: object) -> str | None:
    """The verdict as a piece of HTML; None for a kind that nobody has registered."""
    return None


class Displayed:
    """Base of what a notebook shows as HTML, as soon as `isotopes.report.notebook` is imported."""

    def _repr_html_(self) -> str | None:
        return as_html(self)
