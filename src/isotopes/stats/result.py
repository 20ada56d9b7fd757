"""Results as JSON and back, for every test that returns one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import NoneType
from typing import Any, ClassVar, Self, get_args, get_origin, get_type_hints

import numpy as np

from isotopes.errors import PlanError


class Result:
    """Base of frozen result dataclasses: `to_dict` is JSON, `from_dict` brings back the same.

    Class attributes:
        kind: what `to_dict` calls it, with the version of its fields: ``isotopes-NAME/1``.
    """

    kind: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON types, arrays as nested lists."""
        found = {f.name: _plain(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]
        return {"format": self.kind, **found}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Self:
        """The result that `to_dict` wrote.

        Raises:
            PlanError: another format, or other fields than this result has.
        """
        check_format(found, cls.kind)
        hints = get_type_hints(cls)
        names = {f.name for f in fields(cls)}  # type: ignore[arg-type]
        odd = sorted(names ^ (found.keys() - {"format"}))
        if odd:
            raise PlanError(f"{cls.kind} must hold its fields and no others; {odd[0]!r} is amiss")
        return cls(**{name: _restore(hints[name], found[name]) for name in names})


def check_format(found: Mapping[str, Any], wanted: str) -> None:
    """Raise PlanError unless what was read calls itself `wanted`, which is ``isotopes-NAME/1``."""
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


def _restore(hint: Any, value: Any) -> Any:
    inner = get_args(hint)
    if NoneType in inner and value is not None:
        hint = next(kind for kind in inner if kind is not NoneType)
        inner = get_args(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if get_origin(hint) is np.ndarray:
        return np.array(value, dtype=get_args(inner[1])[0])
    if isinstance(value, list):
        return tuple(_restore(inner[0], item) for item in value)
    if get_origin(hint) is Mapping:
        return dict(value)
    if isinstance(value, Mapping):
        return hint.from_dict(value) if issubclass(hint, Result) else hint(**value)
    return value
