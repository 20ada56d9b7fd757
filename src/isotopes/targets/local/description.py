"""What a network file doesn't say itself: `MODEL.toml` beside `MODEL.onnx`. See docs/targets.md."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from isotopes.errors import TargetUnusable
from isotopes.targets.fields import (
    Fields,
    errors_name,
    number,
    one_of,
    read_toml,
    several,
    text,
    truth,
    whole,
)
from isotopes.targets.local.preprocess import (
    Channels,
    Dtype,
    Interpolation,
    Layout,
    Preprocessing,
    Resize,
)

Output = Literal["logits", "probabilities"]


@dataclass(frozen=True)
class Description:
    """What a network file doesn't say itself.

    Attributes:
        labels: of the outputs, in their order.
        input: how a picture becomes the network's input.
        output: what the network gives out.
        output_name: which of several outputs; None for the only one.
    """

    labels: tuple[str, ...]
    input: Preprocessing
    output: Output = "logits"
    output_name: str | None = None

    def __post_init__(self) -> None:
        if len(set(self.labels)) < max(1, len(self.labels)):
            raise TargetUnusable("labels must be different texts, at least one")


def read_description(path: Path) -> Description:
    """The description in a TOML file.

    Raises:
        TargetUnusable: no such file, no TOML, or fields that are missing, unknown or out of range.
    """
    found = read_toml(path, "it declares a network's labels and its input: docs/targets.md")
    with errors_name(path):
        description = take_description(found)
        found.finish()
        return description


def take_description(found: Fields) -> Description:
    """The fields of a description, out of a file that may hold more.

    Raises:
        TargetUnusable: they are missing, unknown or out of range.
    """
    output = found.table("output")
    description = Description(
        labels=found.required("labels", several(text)),
        input=_input(found.table("input")),
        output=output.required("kind", one_of(get_args(Output))),
        output_name=output.optional("name", text, None),
    )
    output.finish()
    return description


def write_description(path: Path, description: Description) -> None:
    """Write what `read_description` reads."""
    output = {"kind": description.output, "name": description.output_name}
    how = description.input
    lines = [
        f"labels = {_toml(description.labels)}",
        "",
        "[input]",
        *_lines({field.name: getattr(how, field.name) for field in fields(how)}),
        "",
        "[output]",
        *_lines(output),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _input(found: Fields) -> Preprocessing:
    dtype = found.optional("dtype", one_of(get_args(Dtype)), Preprocessing.dtype)

    def numbers(name: str) -> tuple[float, ...]:
        # What nobody can guess must be said: a wrong guess would only make the answers worse.
        return (
            found.optional(name, several(number), ())
            if dtype == "uint8"
            else found.required(name, several(number))
        )

    how = Preprocessing(
        size=found.required("size", _size),
        mean=numbers("mean"),
        std=numbers("std"),
        white=found.optional("white", number, Preprocessing.white)
        if dtype == "uint8"
        else found.required("white", number),
        resize=found.required("resize", one_of(get_args(Resize))),
        shortest=found.optional("shortest", whole(1), None),
        interpolation=found.optional(
            "interpolation", one_of(get_args(Interpolation)), Preprocessing.interpolation
        ),
        antialias=found.optional("antialias", truth, Preprocessing.antialias),
        channels=found.required("channels", one_of(get_args(Channels))),
        layout=found.required("layout", one_of(get_args(Layout))),
        dtype=dtype,
    )
    found.finish()
    return how


def _size(value: object) -> tuple[int, int]:
    with suppress(ValueError):
        height, width = several(whole(1))(value)
        return height, width
    raise ValueError("height and width in pixels")


def _lines(values: dict[str, Any]) -> list[str]:
    return [f"{name} = {_toml(value)}" for name, value in values.items() if value not in (None, ())]


def _toml(value: Any) -> str:
    # JSON's texts, numbers, lists and truth values are TOML's too, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
