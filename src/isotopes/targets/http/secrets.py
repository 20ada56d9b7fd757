"""Credentials: `${NAME}` stands for an environment variable.

A description may be anybody's, and the environment holds passwords for much else. So a description
gets only variables that a person named for this: those that start with ``TARGET_``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from isotopes.errors import TargetUnusable

OURS = "ISOTOPES_"  # our own variables hold passphrases and the like
FOR_TARGETS = "TARGET_"  # the only ones that a description may send
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True)
class Secrets:
    """The variables that a description uses. No message and no `repr` shows their values."""

    _values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, texts: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> Secrets:
        """All variables in `texts`; the keys say where each text stands.

        Raises:
            TargetUnusable: a variable is ours, is not set, or can't stand in a header.
        """
        values = {}
        for where, text in texts.items():
            for name in _VARIABLE.findall(text):
                values[name] = _value(name, where, environment)
        return cls(values)

    @classmethod
    def described(cls, texts: Mapping[str, str]) -> Secrets:
        """All variables in texts of a description, which somebody else may have written.

        Raises:
            TargetUnusable: a variable's name doesn't start with `FOR_TARGETS`; or as `of`.
        """
        for where, text in texts.items():
            for name in _VARIABLE.findall(text):
                if not name.startswith((FOR_TARGETS, OURS)):
                    raise TargetUnusable(
                        f"{where} must not send the environment variable {name!r}: a description"
                        f" gets only those that start with {FOR_TARGETS}",
                        hint=f"export the credential as {FOR_TARGETS}TOKEN, say, and write"
                        f" ${{{FOR_TARGETS}TOKEN}}",
                    )
        return cls.of(texts)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables' names."""
        return tuple(self._values)

    @property
    def values(self) -> tuple[str, ...]:
        """The credentials themselves, to screen answers for them."""
        return tuple(self._values.values())

    def fill(self, text: str) -> str:
        """`text` with the values of its variables."""
        return _VARIABLE.sub(lambda match: self._values[match[1]], text)


def _value(name: str, where: str, environment: Mapping[str, str]) -> str:
    if name.upper().startswith(OURS):
        raise TargetUnusable(
            f"{where} must not send the environment variable {name!r}",
            hint=f"variables that start with {OURS} are for isotopes alone, never for a service",
        )
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
