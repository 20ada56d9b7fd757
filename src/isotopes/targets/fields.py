"""Reads a TOML description field by field, and writes values. Errors name file and field.

A description may come from a stranger, together with a model. So its size and nesting are limited,
every field has a range, and nothing that it says is run.
"""

from __future__ import annotations

import json
import math
import reprlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from isotopes.errors import TargetUnusable, unreadable
from isotopes.hints import nearest

T = TypeVar("T")
D = TypeVar("D")
Reader = Callable[[object], T]  # raises ValueError with the rule that the value breaks
_LARGEST = 8 * 2**20  # bytes: the names of ImageNet's 21,841 classes take half a megabyte


class Fields:
    """One table of a file. `finish` refuses unknown fields."""

    def __init__(self, values: Mapping[str, object], table: str = "") -> None:
        """Read `values`; `table` is what messages call them, nothing for the top of the file."""
        self._values = values
        self._table = table
        self._known: dict[str, None] = {}  # a set that keeps its order

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def required(self, name: str, read: Reader[T]) -> T:
        """The field `name`.

        Raises:
            TargetUnusable: it is missing, or not what `read` expects.
        """
        if name not in self._values:
            raise TargetUnusable(f"the field {self._table}{name} is missing")
        return self._read(name, read)

    def optional(self, name: str, read: Reader[T], default: D) -> T | D:
        """The field `name`, or `default` if it isn't there."""
        self._known[name] = None
        return self._read(name, read) if name in self._values else default

    def table(self, name: str) -> Fields:
        """The table `name`; an empty one if it isn't there."""
        empty: Mapping[str, object] = {}
        return Fields(self.optional(name, _mapping, empty), f"[{name}] ")

    def texts(self) -> dict[str, str]:
        """All fields, which must be texts. No message shows one: they may be credentials."""
        texts = {}
        for name, value in self._values.items():
            self._known[name] = None
            if not isinstance(value, str):
                raise TargetUnusable(f"{self._table}{name} must be a text")
            texts[name] = value
        return texts

    def lists(self, read: Reader[T]) -> dict[str, tuple[T, ...]]:
        """All fields, each of which must be a list of values that `read` accepts."""
        return {name: self.required(name, several(read)) for name in self._values}

    def finish(self) -> None:
        """Refuse unknown fields.

        Raises:
            TargetUnusable: a field is unknown; most likely a typo.
        """
        for name in self._values:
            if name not in self._known:
                near = nearest(name, self._known)
                raise TargetUnusable(
                    f"there is no field {self._table}{name:.100}; the fields are:"
                    f" {', '.join(self._known)}",
                    hint=f"did you mean {near!r}?" if near else None,
                )

    def _read(self, name: str, read: Reader[T]) -> T:
        self._known[name] = None
        value = self._values[name]
        try:
            return read(value)
        except ValueError as error:
            raise TargetUnusable(
                f"{self._table}{name} must be {error}, got {_brief(value)}"
            ) from None


def read_toml(path: Path, hint: str) -> Fields:
    """The top of a TOML file; `hint` says what it is for, to people who have none.

    Raises:
        TargetUnusable: no such file, a folder, too large, or not TOML.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise TargetUnusable(unreadable(path, error), hint=hint) from None
    if len(data) > _LARGEST:
        raise TargetUnusable(f"{path} must have at most {_LARGEST // 2**20} MiB", hint=hint)
    try:
        return Fields(tomllib.loads(data.decode("utf-8-sig")))  # Windows adds a signature
    except RecursionError:
        raise TargetUnusable(f"{path} is nested too deeply to be read", hint=hint) from None
    except ValueError as error:  # also what tomllib raises for a number of thousands of digits
        raise TargetUnusable(
            f"{path} can't be read as TOML: {str(error):.200}", hint=hint
        ) from None


def toml_value(value: object) -> str:
    """A text, number, truth or list as TOML writes it."""
    # As JSON does, except for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


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


def whole_number(least: int, most: int = 2**31) -> Reader[int]:
    """A whole number in [`least`, `most`]."""

    def read(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        up_to = f" to {most:,}" if most < 2**31 else ""
        raise ValueError(f"a whole number from {least}{up_to}")

    return read


def number(value: object) -> float:
    """A finite number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):
            if math.isfinite(finite := float(value)):
                return finite
    raise ValueError("a number")


def positive(most: float = math.inf) -> Reader[float]:
    """A finite number above 0 and at most `most`."""

    def read(value: object) -> float:
        with suppress(ValueError):
            if 0 < (amount := number(value)) <= most:
                return amount
        up_to = f" and at most {most:,.0f}" if math.isfinite(most) else ""
        raise ValueError(f"a number above 0{up_to}")

    return read


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
    """A list, not empty, of values that `read` accepts."""

    def read_all(value: object) -> tuple[T, ...]:
        if not isinstance(value, list) or not value:
            raise ValueError("a list that is not empty")
        try:
            return tuple(read(item) for item in value)
        except ValueError as error:
            raise ValueError(f"a list, each {error}") from None

    return read_all


def _mapping(value: object) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    raise ValueError("a table")


def _brief(value: object) -> str:
    try:
        return f"{reprlib.repr(value):.100}"
    except ValueError:  # a hexadecimal number of thousands of digits
        return "a number that is too long to show"
