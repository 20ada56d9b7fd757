"""A network's form: what it shows of a description, what is missing, and what becomes of it."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_network import pictures, write_network

from isotopes.errors import TargetUnusable
from isotopes.targets.drafts import NetworkFields
from isotopes.targets.drafts.network import SCALES
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.local.description import Description, read_description, write_description
from isotopes.targets.local.preprocess import Preprocessing
from isotopes.targets.templates import describe_network

DESCRIPTIONS = {
    "usual": Description(("cat", "dog"), Preprocessing((224, 224), *SCALES["imagenet"][1:])),
    "every field": Description(
        ("cat", "a\nb\u202e", "cat"),
        Preprocessing(
            (32, 48),
            (0.1, 0.2, 0.3),
            (0.4, 0.5, 0.6),
            255,
            "crop",
            64,
            "bicubic",
            antialias=False,
            channels="bgr",
            layout="nhwc",
            dtype="float16",
        ),
        "sigmoid",
        "scores",
    ),
    "grey": Description(("cat", "dog"), Preprocessing((8, 8), (0.5,), (0.5,), channels="grey")),
    "bytes": Description(("cat", "dog"), Preprocessing((8, 8), dtype="uint8", layout="nhwc")),
    "an encoder": Description(
        ("cat", "dog"), Preprocessing((8, 8), (0,), (1,), channels="grey"), "embedding", None, "x"
    ),
    "an encoder without labels": Description(
        (), Preprocessing((8, 8), (0,), (1,), channels="grey"), "embedding"
    ),
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_description_comes_through_the_form_unchanged(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.toml"
    write_description(path, DESCRIPTIONS[name])
    text = path.read_text(encoding="utf-8")
    fields = NetworkFields.read(text)
    assert fields.missing(text) == []
    sent = replace(fields, labels=fields.labels.replace("\n", "\r\n"))  # as browsers send it
    path.write_text(sent.to_toml(text.replace("\n", "\r\n")), encoding="utf-8")
    assert read_description(path) == DESCRIPTIONS[name]
    assert fields.scale == {"usual": "imagenet", "grey": "symmetric"}.get(name, fields.scale)


def test_a_draft_is_completed_by_fields(tmp_path: Path) -> None:
    path = write_network(tmp_path / "m.onnx")
    answers = OnnxTarget(path).ask(pictures(3))
    path.with_suffix(".toml").unlink()
    draft = describe_network(path)
    fields = NetworkFields.read(draft)
    assert fields.missing(draft) == ["resize", "channels", "scale"]
    told = replace(fields, resize="stretch", channels="rgb", scale="own")
    assert told.missing(draft) == ["white", "mean", "std"]
    numbers = {"white": "1", "mean": "0.4 0.5 0.6", "std": "0.2, 0.25, 0.3"}
    text = replace(told, labels="a\nb\nc\nd\ne", **numbers).to_toml(draft)
    # The tiny network resamples by area, which is no field of the form but stays if it is said.
    more = text.replace("[input]", '[input]\ninterpolation = "area"')
    text = NetworkFields.read(more).to_toml(more)
    path.with_suffix(".toml").write_text(text, encoding="utf-8")
    found = OnnxTarget(path).ask(pictures(3))
    assert found.values.tolist() == answers.values.tolist()
    assert found.labels == ("a", "b", "c", "d", "e")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"height": "many", "width": "8"}, "height and width must be numbers, got 'many 8'"),
        ({"scale": "own", "mean": "0.5 x"}, "mean must be numbers"),
        ({"scale": "own", "white": "1 255"}, "the value of white must be one number"),
    ],
)
def test_what_is_no_number_is_named(fields: dict[str, str], message: str) -> None:
    with pytest.raises(TargetUnusable, match=message):
        NetworkFields(**fields).to_toml("")


@pytest.mark.parametrize("text", ["labels = [", "[" * 5000, "x = 2020-01-01"])
def test_odd_texts_are_refused(text: str) -> None:
    with pytest.raises(TargetUnusable, match="the description"):
        NetworkFields.read(text).to_toml(text)


def test_texts_can_not_leave_their_fields() -> None:
    hostile = 'x"]\n[headers]\nCookie = "${TARGET_A}'
    made = tomllib.loads(NetworkFields(labels=hostile, kind='"\n[headers]').to_toml(""))
    assert made.keys() == {"labels", "output"}
    assert made["labels"] == hostile.splitlines()
