"""Results as JSON and back, for every test that returns one."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, ClassVar, Self, TypeVar, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from isotopes.checked import convert
from isotopes.errors import PlanError
from isotopes.escaping import shortened

T = TypeVar("T")
_KINDS_OF_NUMBER = {"f": "iuf", "i": "iu", "b": "b"}  # NumPy kinds allowed in the file

_MISSING = "Object missing required field "


class Result:
    """Base of frozen result dataclasses: `to_dict` is JSON, `from_dict` brings back the same.

    The type of each field is what `from_dict` demands; `isotopes.checked` has types with ranges.

    Class attributes:
        kind: its name in `to_dict`, with the version of its fields: ``isotopes-NAME/1``.
    """

    kind: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON types, arrays as nested lists."""
        found = {f.name: _plain(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]
        return {"format": self.kind, **found}

    @classmethod
    def from_dict(cls, found: object) -> Self:
        """The result that `to_dict` wrote. Nothing is coerced and nothing ignored.

        Raises:
            PlanError: another format, other fields than this result has, or a value of another
                type or out of its range.
        """
        if not isinstance(found, Mapping):
            raise PlanError(f"it must be a JSON object, got {type(found).__name__}")
        check_format(found, cls.kind)
        result = restore_result(cls, found)
        _refuse_more(found, result.to_dict(), "")
        return result


def restore_result(kind: type[T], found: object) -> T:
    """Convert JSON types to `kind`; ignores fields that `kind` lacks.

    Raises:
        PlanError: a value is missing, of another type, or out of its range.
    """
    try:
        return convert(found, kind, _to_array)
    except msgspec.ValidationError as error:
        raise PlanError(_in_words(error, found)) from None


def check_format(found: Mapping[str, Any], wanted: str) -> None:
    """Raise PlanError unless the format that was read is `wanted`, ``isotopes-NAME/1``."""
    given = found.get("format")
    if given == wanted:
        return
    if isinstance(given, str) and given.rpartition("/")[0] == wanted.rpartition("/")[0]:
        raise PlanError(
            f"it was written by another version of isotopes: its format is {given}, and this one"
            f" reads {wanted}",
            hint="read it with the version that wrote it, or make it again, as a new file",
        )
    raise PlanError(f"its format must be {wanted}, got {given!r}")


def _plain(value: object) -> object:
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value


def _to_array(hint: Any, value: object) -> NDArray[Any]:
    """The array in nested lists of numbers; msgspec doesn't support NumPy."""
    wanted = np.dtype(get_args(get_args(hint)[1])[0])
    array = np.array(value) if isinstance(value, list) else np.array(None)  # ragged: a ValueError
    if array.size and array.dtype.kind not in _KINDS_OF_NUMBER[wanted.kind]:
        raise ValueError(f"Expected nested lists of `{wanted.name}`")
    if not np.isfinite(array.astype(wanted)).all():
        raise ValueError("Expected finite numbers")
    return array.astype(wanted)


def _in_words(error: msgspec.ValidationError, found: object) -> str:
    """What msgspec says, with the field first and, of a field at the top, with its value."""
    rule, _, place = str(error).partition(" - at `$")
    place = place.strip("`.")
    if rule.startswith(_MISSING):
        name = rule.removeprefix(_MISSING).strip("`")
        return f"the field {f'{place}.{name}'.strip('.')} is missing"
    if repr(sys.float_info.max) in rule:
        rule = "Expected a finite number"
    said = f"{place or 'it'}: {rule[0].lower()}{rule[1:]}"
    if isinstance(found, Mapping) and place in found and "got" not in rule:
        said += f", got {shortened(repr(found[place]), 60)}"
    return said


def _refuse_more(found: Any, known: Any, place: str) -> None:
    """Raise PlanError if a field was read that the result does not have."""
    if isinstance(found, Mapping):
        for name, value in found.items():
            if name not in known:
                raise PlanError(f"{place}{shortened(str(name), 60)} is not one of its fields")
            _refuse_more(value, known[name], f"{place}{name}.")
    elif isinstance(found, list) and found and isinstance(found[0], list | Mapping):
        for value, of_known in zip(found, known, strict=True):
            _refuse_more(value, of_known, place)
