"""What a network file leaves open: `MODEL.toml` beside `MODEL.onnx`, docs/descriptions.md."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from isotopes.errors import TargetUnusable
from isotopes.targets.fields import (
    Fields,
    errors_name,
    number,
    one_of,
    positive,
    read_toml,
    several,
    text,
    toml_value,
    truth,
    whole_number,
)
from isotopes.targets.local.preprocess import (
    Channels,
    Dtype,
    Interpolation,
    Layout,
    Preprocessing,
    Resize,
)
from isotopes.targets.scores import name_outputs

PURPOSE = "it declares a network's labels and its input: docs/descriptions.md"
Output = Literal["logits", "probabilities", "sigmoid", "embedding"]
SCALE = 100.0  # of cosines: what CLIP learned


@dataclass(frozen=True)
class Description:
    """What a network file doesn't say by itself.

    Attributes:
        labels: of the outputs, in order; they need not be different. A network with a single
            output may have one label, or two, of which it scores the second.
        input: how a picture becomes the network's input.
        output: probabilities, logits of a softmax over all labels, or logits of a sigmoid for each
            label; or an encoder's embedding.
        output_name: which of several outputs to read; None for the only one.
        anchors: for an embedding: what turns it into probabilities of labels. A folder of pictures
            for each label, or a ``.npy`` file of vectors, beside the network
            (`local/embeddings/anchors.py`). None for an encoder without labels.
        scale: what cosines are multiplied with before the softmax.
    """

    labels: tuple[str, ...]
    input: Preprocessing
    output: Output = "logits"
    output_name: str | None = None
    anchors: str | None = None
    scale: float = SCALE

    def __post_init__(self) -> None:
        if self.output != "embedding" and self.anchors is not None:
            raise TargetUnusable(
                f"anchors go with an output of kind embedding, got kind {self.output}"
                f" and anchors {self.anchors!r}",
                hint='give kind = "embedding" in [output], or leave the anchors out',
            )
        if self.output == "embedding" and bool(self.labels) != (self.anchors is not None):
            raise TargetUnusable(
                f"an encoder's labels and anchors go together, got {len(self.labels)} labels"
                f" and anchors {self.anchors!r}",
                hint="give both, or neither: then it is asked for embeddings alone",
            )
        if not self.labels and not self.embeds:
            raise TargetUnusable("labels must hold at least one text")
        if self.output == "logits" and len(self.labels) == 1:
            raise TargetUnusable(
                "a softmax over a single logit is always 1",
                hint='give kind = "sigmoid" in [output]',
            )

    @property
    def embeds(self) -> bool:
        """Whether it answers with embeddings that nothing gives labels."""
        return self.output == "embedding" and self.anchors is None

    @property
    def identity(self) -> dict[str, Any]:
        """What a target's identity covers of it; `anchors` and `scale` of an encoder only.

        Otherwise the identity of every network would have changed when encoders came.
        """
        covered = asdict(self)
        if self.anchors is None:
            del covered["anchors"], covered["scale"]
        return covered

    @property
    def outputs(self) -> int | None:
        """How many numbers the network gives for a picture; None if the labels don't say."""
        return None if self.output == "embedding" else len(self.labels)

    @property
    def answered_labels(self) -> tuple[str, ...] | None:
        """The labels that it answers with: all different, at least two; None if it embeds."""
        return None if self.embeds else name_outputs(self.labels, len(self.labels))


def read_description(path: Path) -> Description:
    """Read the description in a TOML file.

    Raises:
        TargetUnusable: no such file, not TOML, or fields that are missing, unknown or out of range.
    """
    fields = read_toml(path, PURPOSE)
    with errors_name(path):
        description = take_description(fields)
        fields.finish()
        return description


def take_description(fields: Fields) -> Description:
    """Read the fields of a description, from a file that may hold more.

    Raises:
        TargetUnusable: they are missing, unknown or out of range.
    """
    output = fields.table("output")
    kind = output.required("kind", one_of(get_args(Output)))
    labels = (
        fields.optional("labels", several(text), ())
        if kind == "embedding"
        else fields.required("labels", several(text))
    )
    description = Description(
        labels=labels,
        input=_input(fields.table("input")),
        output=kind,
        output_name=output.optional("name", text, None),
        anchors=output.optional("anchors", text, None),
        scale=output.optional("scale", positive(), SCALE),
    )
    output.finish()
    return description


def write_description(path: Path, description: Description) -> None:
    """Write what `read_description` reads."""
    output = {
        "kind": description.output,
        "name": description.output_name,
        "anchors": description.anchors,
        "scale": None if description.scale == SCALE else description.scale,
    }
    how = description.input
    lines = [
        *_lines({"labels": description.labels}),
        "",
        "[input]",
        *_lines({field.name: getattr(how, field.name) for field in dataclasses.fields(how)}),
        "",
        "[output]",
        *_lines(output),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _input(fields: Fields) -> Preprocessing:
    dtype = fields.optional("dtype", one_of(get_args(Dtype)), Preprocessing.dtype)

    def numbers(name: str) -> tuple[float, ...]:
        # Nobody can guess these: a wrong guess would only make the answers worse.
        return (
            fields.optional(name, several(number), ())
            if dtype == "uint8"
            else fields.required(name, several(number))
        )

    how = Preprocessing(
        size=fields.required("size", _size),
        mean=numbers("mean"),
        std=numbers("std"),
        white=fields.optional("white", number, Preprocessing.white)
        if dtype == "uint8"
        else fields.required("white", number),
        resize=fields.required("resize", one_of(get_args(Resize))),
        shortest=fields.optional("shortest", whole_number(1), None),
        interpolation=fields.optional(
            "interpolation", one_of(get_args(Interpolation)), Preprocessing.interpolation
        ),
        antialias=fields.optional("antialias", truth, Preprocessing.antialias),
        channels=fields.required("channels", one_of(get_args(Channels))),
        layout=fields.required("layout", one_of(get_args(Layout))),
        dtype=dtype,
    )
    fields.finish()
    return how


def _size(value: object) -> tuple[int, int]:
    with suppress(ValueError):
        height, width = several(whole_number(1))(value)
        return height, width
    raise ValueError("height and width in pixels")


def _lines(values: dict[str, Any]) -> list[str]:
    return [
        f"{name} = {toml_value(value)}" for name, value in values.items() if value not in (None, ())
    ]
