"""A TOML file that a person wrote, read field by field; errors name the file and the field."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from isotopes.errors import TargetUnusable, unreadable

T = TypeVar("T")
D = TypeVar("D")
Reader = Callable[[object], T]  # raises ValueError with the rule that the value breaks


class Fields:
    """One table of a file. What nobody has asked for by the end is unknown, and refused."""

    def __init__(self, values: Mapping[str, object], table: str = "") -> None:
        """Read `values`; `table` is what messages call them, nothing for the top of the file."""
        self._values = values
        self._table = table
        self._known: dict[str, None] = {}  # in order

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def required(self, name: str, read: Reader[T]) -> T:
        """The field `name`.

        Raises:
            TargetUnusable: it is missing, or not what `read` reads.
        """
        if name not in self._values:
            raise TargetUnusable(f"the field {self._table}{name} is missing")
        return self._read(name, read)

    def optional(self, name: str, read: Reader[T], default: D) -> T | D:
        """The field `name`, or `default` where it is not there."""
        self._known[name] = None
        return self._read(name, read) if name in self._values else default

    def table(self, name: str) -> Fields:
        """The table `name`; an empty one where it is not there."""
        empty: Mapping[str, object] = {}
        return Fields(self.optional(name, _mapping, empty), f"[{name}] ")

    def texts(self) -> dict[str, str]:
        """All fields, which must be texts. No message shows one: they may be credentials."""
        found = {}
        for name, value in self._values.items():
            self._known[name] = None
            if not isinstance(value, str):
                raise TargetUnusable(f"{self._table}{name} must be a text")
            found[name] = value
        return found

    def finish(self) -> None:
        """Refuse what nobody asked for.

        Raises:
            TargetUnusable: a field that is not known; a typo, most likely.
        """
        for name in self._values:
            if name not in self._known:
                near = difflib.get_close_matches(name, self._known, 1)
                raise TargetUnusable(
                    f"there is no field {self._table}{name}; known are: {', '.join(self._known)}",
                    hint=f"did you mean {near[0]!r}?" if near else None,
                )

    def _read(self, name: str, read: Reader[T]) -> T:
        self._known[name] = None
        value = self._values[name]
        try:
            return read(value)
        except ValueError as error:
            raise TargetUnusable(f"{self._table}{name} must be {error}, got {value!r}") from None


def read_toml(path: Path, hint: str) -> Fields:
    """The top of a TOML file; `hint` says what it is for, to those who have none.

    Raises:
        TargetUnusable: no such file, a folder, or no TOML.
    """
    try:
        return Fields(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise TargetUnusable(unreadable(path, error), hint=hint) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TargetUnusable(f"{path} can't be read as TOML: {error}", hint=hint) from error


@contextmanager
def errors_name(path: Path) -> Iterator[None]:
    """Put the file's name before the message of each TargetUnusable."""
    try:
        yield
    except TargetUnusable as error:
        raise TargetUnusable(f"{path}: {error}", hint=error.hint) from None


def text(value: object) -> str:
    """A text that is not empty."""
    if isinstance(value, str) and value:
        return value
    raise ValueError("a text")


def whole(least: int) -> Reader[int]:
    """A whole number from `least`."""

    def read(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        raise ValueError(f"a whole number from {least}")

    return read


def number(value: object) -> float:
    """A finite number."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise ValueError("a number")


def positive(value: object) -> float:
    """A finite number above 0."""
    with suppress(ValueError):
        if (found := number(value)) > 0:
            return found
    raise ValueError("a number above 0")


def truth(value: object) -> bool:
    """true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError("true or false")


def one_of(choices: tuple[Any, ...]) -> Reader[Any]:
    """One of a few values."""

    def read(value: object) -> Any:
        if value in choices:
            return value
        raise ValueError(f"one of {', '.join(map(str, choices))}")

    return read


def several(read: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list, not empty, each of whose values `read` reads."""

    def read_all(value: object) -> tuple[T, ...]:
        if not isinstance(value, list) or not value:
            raise ValueError("a list with something in it")
        try:
            return tuple(read(item) for item in value)
        except ValueError as error:
            raise ValueError(f"a list, each {error}") from None

    return read_all


def _mapping(value: object) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    raise ValueError("a table")
