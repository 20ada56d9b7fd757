"""How pages are made from templates, by reports and by the application."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def environment(source: Callable[[str], str], visible: Callable[[str], str]) -> Environment:
    """A Jinja environment that escapes every text, for HTML and for people.

    Args:
        source: returns the template of a name.
        visible: makes all characters of a text visible, before it is escaped for HTML.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # slow: not at import

    def finalize(value: object) -> object:
        if isinstance(value, str) and not hasattr(value, "__html__"):
            return visible(value)
        return value  # numbers, and what the template calls safe

    return Environment(
        loader=FunctionLoader(source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
