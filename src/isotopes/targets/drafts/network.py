"""A network's description as a form has it: fields to fill in, and what is still missing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Self

from isotopes.errors import TargetUnusable
from isotopes.escaping import escape
from isotopes.targets.fields import toml_value

OWN = "own"  # numbers that no name stands for
# The usual ways to turn colours into numbers, as (white, mean, std) for each of three channels.
SCALES: Mapping[str, tuple[float, tuple[float, ...], tuple[float, ...]]] = MappingProxyType(
    {
        "imagenet": (1, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        "symmetric": (1, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        "unit": (1, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
        "bytes": (255, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    }
)


@dataclass(frozen=True)
class NetworkFields:
    """What a network's file doesn't say by itself. All are texts, "" where nobody has said it.

    Attributes:
        labels: of the outputs, a line each, in order.
        height, width: of the input, in pixels.
        resize: "stretch" or "crop"; with it `shortest`, in pixels.
        channels: "rgb", "bgr" or "grey".
        layout: "nchw" or "nhwc".
        scale: one of `SCALES`, or `OWN` for `white`, `mean` and `std` as numbers.
        kind: of the output: "logits", "probabilities", "sigmoid" or "embedding".
    """

    labels: str = ""
    height: str = ""
    width: str = ""
    resize: str = ""
    shortest: str = ""
    channels: str = ""
    layout: str = ""
    scale: str = ""
    white: str = ""
    mean: str = ""
    std: str = ""
    kind: str = ""

    @classmethod
    def of_form(cls, form: Mapping[str, str], prefix: str) -> Self:
        """Those fields of a form whose names begin with `prefix`."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: form.get(f"{prefix}{name}", "").strip() for name in names})

    @classmethod
    def read(cls, text: str) -> Self:
        """The fields of a description or of its draft; what it lacks, or says oddly, is "".

        Raises:
            TargetUnusable: it is not TOML.
        """
        tables = _tables(text)
        source = tables["input"]
        height, width = (*_several(source.get("size")), "", "")[:2]
        return cls(
            labels="\n".join(map(escape, _several(tables.get("labels")))),
            height=height,
            width=width,
            kind=_one(tables["output"].get("kind")),
            **{name: _one(source.get(name)) for name in ("resize", "shortest", "channels")},
            layout=_one(source.get("layout")),
            scale=_scale(source),
            white=_one(source.get("white")),
            mean=", ".join(_several(source.get("mean"))),
            std=", ".join(_several(source.get("std"))),
        )

    def missing(self, base: str) -> list[str]:
        """The fields that the description `base` needs and that are "" here.

        Raises:
            TargetUnusable: it is not TOML.
        """
        tables = _tables(base)
        needed = ["height", "width", "resize", "channels", "layout", "kind"]
        if self.kind != "embedding" or "anchors" in tables["output"]:
            needed.insert(0, "labels")
        if tables["input"].get("dtype") != "uint8":  # bytes go in as they are
            needed.append("scale")
            needed += ["white", "mean", "std"] if self.scale == OWN else []
        return [name for name in needed if not getattr(self, name)]

    def to_toml(self, base: str) -> str:
        """The description `base` with these fields in it; all that they don't cover stays.

        Raises:
            TargetUnusable: `base` is not TOML, or a number is expected and isn't there.
        """
        tables = _tables(base)
        if self.labels.splitlines() != self.read(base).labels.splitlines():
            tables["labels"] = [line.strip() for line in self.labels.splitlines() if line.strip()]
        said: dict[str, Any] = {
            name: getattr(self, name) for name in ("resize", "channels", "layout")
        }
        if self.height or self.width:
            said["size"] = _numbers("height and width", f"{self.height} {self.width}", int)
        tables["input"].pop("shortest", None)
        if self.resize == "crop":
            said["shortest"] = _number("the shorter side", self.shortest, int)
        if self.scale in SCALES:
            white, *both = SCALES[self.scale]
            mean, std = (_for_channels(numbers, self.channels) for numbers in both)
            said |= {"white": white, "mean": mean, "std": std}
        elif self.scale:
            said["white"] = _number("the value of white", self.white, float)
            said |= {name: _numbers(name, getattr(self, name), float) for name in ("mean", "std")}
        tables["input"] = {**tables["input"], **_told(said)}
        tables["output"] = {**tables["output"], **_told({"kind": self.kind})}
        return _written(tables)


def _tables(text: str) -> dict[str, Any]:
    """The tables of a description, [input] and [output] among them."""
    try:
        found = tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        raise TargetUnusable(f"the description can't be read as TOML: {str(error):.200}") from None
    for name in ("input", "output"):
        if not isinstance(found.get(name), dict):
            found[name] = {}
    return found


def _written(tables: Mapping[str, Any]) -> str:
    top = {name: value for name, value in tables.items() if not isinstance(value, dict)}
    lines = _lines(top)
    for name, table in tables.items():
        if isinstance(table, dict) and table:
            lines += ["", f"[{_key(name)}]", *_lines(table)]
    return "\n".join(lines) + "\n"


def _lines(table: Mapping[str, Any]) -> list[str]:
    try:
        return [f"{_key(name)} = {toml_value(value)}" for name, value in table.items()]
    except (TypeError, ValueError):  # dates; no field of a description is one
        raise TargetUnusable("the description holds a value that no field can have") from None


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None, [])}


def _scale(source: Mapping[str, Any]) -> str:
    """The name for what a description says of its numbers; "" if it says nothing."""
    white, mean, std = (source.get(name) for name in ("white", "mean", "std"))
    if white is None and mean is None and std is None:
        return ""
    for name, (usual, *both) in SCALES.items():
        fitting = [list(_for_channels(one, _one(source.get("channels")))) for one in both]
        if white == usual and [mean, std] == fitting:
            return name
    return OWN


def _for_channels(numbers: tuple[float, ...], channels: str) -> tuple[float, ...]:
    """Those for a single channel where all channels have the same."""
    return numbers[:1] if channels == "grey" and len(set(numbers)) == 1 else numbers


def _one(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def _several(value: object) -> list[str]:
    return [_one(one) for one in value] if isinstance(value, list) else []


def _number(what: str, text: str, kind: Callable[[str], Any]) -> Any:
    """The number in `text`; None if there is none."""
    found = _numbers(what, text, kind)
    if len(found) > 1:
        raise TargetUnusable(f"{what} must be one number, got {text[:60]!r}")
    return found[0] if found else None


def _numbers(what: str, text: str, kind: Callable[[str], Any]) -> list[Any]:
    try:
        return [kind(part) for part in re.split(r"[\s,;]+", text) if part]
    except ValueError:
        raise TargetUnusable(f"{what} must be numbers, got {text[:60]!r}") from None
