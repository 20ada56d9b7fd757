"""Drafts of descriptions hold what is known, and are refused until the rest is filled in."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import hostile_networks as hostile
import pytest
from content_target import ContentTarget
from onnx import load, save
from tiny_network import LABELS, expected, pictures, write_network
from typer.testing import CliRunner

from isotopes.cli.main import app
from isotopes.errors import FolderError, TargetError, TargetUnusable
from isotopes.targets import open_target
from isotopes.targets.http.description import read_http_description
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.local.description import Output
from isotopes.targets.templates import describe_address, describe_network
from isotopes.testing import FakeServer
from isotopes.testing.formats.open_inference import OpenInferenceFormat
from isotopes.testing.formats.plain_json import PlainJson

ADDRESS = "https://api.example.org/v1/classify"


def complete(draft: str, **values: object) -> str:
    """The draft with these comments taken out and these values put in."""
    for name, value in values.items():
        draft, count = re.subn(rf"(?m)^# {name} = .*$", f"{name} = {json.dumps(value)}", draft)
        assert count == 1, name
    return draft


@pytest.mark.parametrize("output", ["logits", "probabilities"])
def test_a_network_s_draft_is_refused_until_it_is_complete(tmp_path: Path, output: Output) -> None:
    path = write_network(tmp_path / "m.onnx", output=output)
    answers = OnnxTarget(path).ask(pictures(3))
    path.with_suffix(".toml").unlink()
    draft = describe_network(path)
    known = tomllib.loads(draft)
    assert known["input"] == {"size": [6, 8], "layout": "nchw", "dtype": "float32"}
    assert known["output"] == {"kind": output}
    assert len(known["labels"]) == len(LABELS)
    path.with_suffix(".toml").write_text(draft, encoding="utf-8")
    with pytest.raises(TargetError, match=r"the field \[input\] mean is missing"):
        OnnxTarget(path)
    whole = complete(
        draft, mean=[0.4, 0.5, 0.6], std=[0.2, 0.25, 0.3], white=1, channels="rgb", resize="stretch"
    )
    path.with_suffix(".toml").write_text(whole, encoding="utf-8")
    assert OnnxTarget(path).ask(pictures(3)).values.tolist() == answers.values.tolist()


@pytest.mark.parametrize(
    "stored",
    [
        {"labels": json.dumps(LABELS)},
        {"id2label": json.dumps(dict(enumerate(LABELS)))},
        {"names": str(dict(enumerate(LABELS)))},
    ],
)
def test_labels_that_a_network_holds_are_taken(tmp_path: Path, stored: dict[str, str]) -> None:
    path = write_network(tmp_path / "m.onnx")
    network = load(path)
    for key, value in stored.items():
        network.metadata_props.add(key=key, value=value)
    save(network, path)
    assert tomllib.loads(describe_network(path))["labels"] == list(LABELS)


@pytest.mark.parametrize("stored", ["[" * 100_000, "__import__('os')", "{1: 2}", "3", "[]"])
def test_odd_metadata_is_ignored(tmp_path: Path, stored: str) -> None:
    path = write_network(tmp_path / "m.onnx")
    network = load(path)
    network.metadata_props.add(key="names", value=stored)
    save(network, path)
    assert tomllib.loads(describe_network(path))["labels"][0] == "label 0"


def test_an_output_of_maps_is_chosen_and_counted(tmp_path: Path) -> None:
    path = hostile.zip_map(tmp_path / "m.onnx", LABELS, LABELS)
    known = tomllib.loads(describe_network(path))
    assert known["output"] == {"kind": "probabilities"}
    assert len(known["labels"]) == len(LABELS)


@pytest.mark.parametrize("shape", [["n", 10], [1, 2, 3, 4, 5]])
def test_what_takes_no_pictures_is_refused(tmp_path: Path, shape: list[int | str]) -> None:
    from tiny_network import INPUT

    from isotopes.targets.local.description import Description

    path = hostile.declaring(tmp_path / "m.onnx", [*shape], Description(LABELS, INPUT))
    with pytest.raises(TargetUnusable, match="not pictures|can't be loaded"):
        describe_network(path)


def test_a_service_s_draft_is_refused_until_it_is_complete(tmp_path: Path) -> None:
    with FakeServer(ContentTarget(), PlainJson()) as server:
        path = tmp_path / "service.toml"
        path.write_text(describe_address(f"{server.url}v1"), encoding="utf-8")
        with pytest.raises(TargetError, match=r"the field \[request\] body is missing"):
            open_target(str(path))
        whole = complete(
            path.read_text("utf-8"),
            body='{"image": "{{image_base64}}"}',
            form="objects",
            at="result",
            label="label",
            score="score",
        )
        path.write_text(whole, encoding="utf-8")
        target = open_target(str(path))
        assert target.ask(pictures(1)).values.shape == (1, len(LABELS))
        target.close()


def test_the_draft_s_own_values_make_a_description(tmp_path: Path) -> None:
    path = tmp_path / "service.toml"
    draft = describe_address(ADDRESS)
    lines = [
        line.removeprefix("# ")
        if re.match(r"# (price|concurrency|body|form|at|label|score|unit) = ", line)
        else line
        for line in draft.splitlines()
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    about = read_http_description(path)
    assert (about.price, about.endpoint.url, about.endpoint.connections) == (0.001, ADDRESS, 8)


def test_a_server_that_announces_its_model_is_asked(tmp_path: Path) -> None:
    with FakeServer(ContentTarget(), OpenInferenceFormat()) as server:
        draft = describe_address(f"{server.url}v2/models/tiny")
        known = tomllib.loads(draft)
        assert known["input"] == {"layout": "nhwc", "dtype": "uint8"}
        assert len(known["labels"]) == 5
        whole = complete(draft, size=[6, 8], channels="rgb", resize="stretch", kind="probabilities")
        (tmp_path / "server.toml").write_text(whole, encoding="utf-8")
        target = open_target(f"oip:{tmp_path / 'server.toml'}")
        assert target.ask(pictures(2)).values.shape == (2, 5)
        target.close()
        with pytest.raises(TargetError, match="404"):
            describe_address(f"{server.url}v2/models/other")


def test_an_address_that_is_known_needs_no_draft() -> None:
    url = "https://router.huggingface.co/hf-inference/models/google/vit-base-patch16-224"
    with pytest.raises(TargetUnusable, match="is known as huggingface") as caught:
        describe_address(url)
    assert caught.value.hint == f"--target {url}"
    for wrong in ("ftp://host", "https://user:pw@host/", "https://"):
        with pytest.raises(TargetUnusable, match="url must be http"):
            describe_address(wrong)


def test_the_command_writes_beside_the_network_and_over_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_network(Path("m.onnx"))
    Path("m.toml").unlink()
    done = CliRunner().invoke(app, ["targets", "describe", "m.onnx"])
    assert done.stdout == "wrote m.toml\n"
    assert "5 lines in it are comments" in done.stderr
    again = CliRunner().invoke(app, ["targets", "describe", "m.onnx"])
    assert isinstance(again.exception, FolderError)
    done = CliRunner().invoke(app, ["targets", "describe", ADDRESS])
    assert done.stdout == "wrote api.example.org.toml\n"
    other = CliRunner().invoke(app, ["targets", "describe", ADDRESS, "--out", "x.toml"])
    assert other.exit_code == 0
    assert Path("x.toml").read_text() == Path("api.example.org.toml").read_text()
    assert expected(pictures(1)).shape == (1, 5)
