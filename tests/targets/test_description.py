from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.errors import TargetError
from isotopes.targets.local.description import Description, read_description, write_description
from isotopes.targets.local.preprocess import Preprocessing

WHOLE = """\
labels = ["cat", "dog"]

[input]
size = [224, 224]
resize = "crop"
shortest = 256
channels = "rgb"
layout = "nchw"
white = 1
mean = [0.485, 0.456, 0.406]
std = [0.229, 0.224, 0.225]

[output]
kind = "logits"
"""


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "net.toml"
    path.write_text(text, encoding=encoding)
    return path


def test_a_signature_that_windows_adds_is_ignored(tmp_path: Path) -> None:
    plain = read_description(written(tmp_path, WHOLE))
    assert read_description(written(tmp_path, WHOLE, "utf-8-sig")) == plain


def test_names_that_repeat_are_numbered(tmp_path: Path) -> None:
    text = WHOLE.replace('["cat", "dog"]', '["crane", "dog", "crane", "crane (0)"]')
    description = read_description(written(tmp_path, text))
    assert description.answered_labels == ("crane (0)'", "dog", "crane (2)", "crane (0)")


def test_an_identity_covers_what_decides_the_answers(tmp_path: Path) -> None:
    classifier = read_description(written(tmp_path, WHOLE))
    assert classifier.identity.keys() == {"labels", "input", "output", "output_name"}
    encoder = replace(classifier, output="embedding", anchors="folder")
    assert encoder.identity == classifier.identity | {
        "output": "embedding",
        "anchors": "folder",
        "scale": 100.0,
    }


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    with path.open("ab") as file:
        file.truncate(2**40)  # a hole, which takes no room on the disk
    with pytest.raises(TargetError, match="must have at most 8 MiB"):
        read_description(path)


def test_a_description_is_read(tmp_path: Path) -> None:
    assert read_description(written(tmp_path, WHOLE)) == Description(
        labels=("cat", "dog"),
        input=Preprocessing(
            (224, 224),
            mean=(0.485, 0.456, 0.406),
            std=(0.229, 0.224, 0.225),
            white=1,
            resize="crop",
            shortest=256,
        ),
    )


inputs = st.builds(
    lambda depth_and_channels, numbers, **rest: Preprocessing(
        channels=depth_and_channels[1],
        mean=tuple(numbers[: depth_and_channels[0]]),
        std=tuple(abs(x) + 0.001 for x in numbers[3:][: depth_and_channels[0]]),
        **rest,
    ),
    depth_and_channels=st.sampled_from([(3, "rgb"), (3, "bgr"), (1, "grey")]),
    numbers=st.lists(st.floats(-300, 300), min_size=6, max_size=6),
    size=st.tuples(st.integers(1, 4096), st.integers(1, 4096)),
    white=st.sampled_from([1, 255]),
    resize=st.sampled_from(["stretch", "crop"]),
    interpolation=st.sampled_from(["nearest", "bilinear", "bicubic", "lanczos", "area"]),
    antialias=st.booleans(),
    layout=st.sampled_from(["nchw", "nhwc"]),
    dtype=st.sampled_from(["float32", "float16"]),
)
bytes_in = st.builds(Preprocessing, size=st.just((8, 8)), dtype=st.just("uint8"))
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@settings(deadline=None)
@given(
    labels=st.lists(texts, min_size=2),
    how=inputs | bytes_in,
    output=st.sampled_from(["logits", "probabilities", "sigmoid"]),
    name=st.none() | texts,
)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory,
    labels: list[str],
    how: Preprocessing,
    output: Any,
    name: str | None,
) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.toml"
    description = Description(tuple(labels), how, output, name)
    write_description(path, description)
    assert read_description(path) == description


@pytest.mark.parametrize(
    "field", ["labels", "size", "resize", "channels", "layout", "white", "mean", "std", "kind"]
)
def test_what_nobody_can_guess_must_be_there(tmp_path: Path, field: str) -> None:
    without = "\n".join(line for line in WHOLE.splitlines() if not line.startswith(field + " "))
    table = next(
        (table for table in ("input", "output") if field in tomllib.loads(WHOLE)[table]), ""
    )
    place = rf"\[{table}\] {field}" if table else field
    with pytest.raises(TargetError, match=rf"net\.toml: the field {place} is missing"):
        read_description(written(tmp_path, without))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[224, 224]", "224", r"\[input\] size must be height and width in pixels, got 224"),
        ("[224, 224]", "[224]", r"size must be height and width in pixels, got \[224\]"),
        ('["cat", "dog"]', "[]", "labels must be a list that is not empty, got"),
        ('["cat", "dog"]', '["cat"]', "a softmax over a single logit is always 1"),
        ("[224, 224]", "[100000, 100000]", "size must be at most 16,384 pixels a side"),
        ("[224, 224]", "[16000, 16000]", "and 67,108,864 in all"),
        ("256", "1000000000", "must be 224 to 16384 to cover the size"),
        ("white = 1", f"white = {'1' * 400}", "white must be a number, got 1111"),
        ("white = 1", f"white = 0x{'f' * 5000}", "got a number that is too long to show"),
        ("white = 1", f"white = {'1' * 5000}", "can't be read as TOML"),
        ("white = 1", f"white = {'[' * 5000}", "nested too deeply to be read"),
        ("white = 1", "white = " + "{a=" * 5000, "nested too deeply to be read"),
        ('["cat", "dog"]', '["cat", 7]', "labels must be a list, each a text, got"),
        ('"crop"', '"squeeze"', "resize must be one of stretch, crop, got 'squeeze'"),
        ("[0.485, 0.456, 0.406]", "[0.485]", "mean must hold 3 numbers"),
        ("white = 1", "white = true", "white must be a number, got True"),
        ('"logits"', '"odds"', r"\[output\] kind must be one of logits, probabilities"),
        ("white = 1", "white", "can't be read as TOML"),
    ],
)
def test_wrong_fields_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(TargetError, match=message) as caught:
        read_description(written(tmp_path, WHOLE.replace(old, new)))
    assert "net.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("interpolaton = 'area'", r"there is no field \[input\] interpolaton", "'interpolation'"),
        ("scale = 3", r"there is no field \[input\] scale; the fields are: .*white", None),
    ],
)
def test_unknown_fields_are_refused(
    tmp_path: Path, line: str, message: str, hint: str | None
) -> None:
    changed = WHOLE.replace("[input]", f"[input]\n{line}")
    with pytest.raises(TargetError, match=message) as caught:
        read_description(written(tmp_path, changed))
    assert hint is None or hint in str(caught.value.hint)
