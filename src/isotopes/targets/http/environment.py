"""Credentials: `${NAME}` in a description stands for an environment variable."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from isotopes.errors import TargetUnusable

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
HIDDEN = "***"


@dataclass(frozen=True)
class Secrets:
    """The variables that a description uses. Their values are in no message and no `repr`."""

    _values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, texts: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> Secrets:
        """All variables that `texts` refer to; the keys say where each text stands.

        Raises:
            TargetUnusable: a variable is not set, or can't stand in a header.
        """
        values = {}
        for where, text in texts.items():
            for name in _VARIABLE.findall(text):
                values[name] = _value(name, where, environment)
        return cls(values)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables' names."""
        return tuple(self._values)

    def fill(self, text: str) -> str:
        """`text` with the values of its variables."""
        return _VARIABLE.sub(lambda match: self._values[match[1]], text)

    def hide(self, text: str) -> str:
        """`text` without any of the values: a server may send back what it was sent."""
        for value in sorted(self._values.values(), key=len, reverse=True):
            text = text.replace(value, HIDDEN)
        return text


def _value(name: str, where: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name, "")
    if not value:
        raise TargetUnusable(
            f"{where} needs the environment variable {name!r}, which is not set",
            hint=f"export {name}=...",
        )
    if not (value.isascii() and value.isprintable()):
        # Checked here, because HTTP libraries show such a value in their own error.
        raise TargetUnusable(
            f"{where}: the environment variable {name!r} must hold printable ASCII only",
            hint="it may end in a line break",
        )
    return value
