from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_network import LABELS, expected, pictures, write_network
from typer.testing import CliRunner

from isotopes.cli.main import app
from isotopes.errors import IsotopesError
from isotopes.faces import face_search_kinds
from isotopes.targets import open_target, target_kinds
from isotopes.testing.registry import face_formats, get_wire_format, wire_formats


def test_every_kind_is_listed_with_what_it_says_of_itself() -> None:
    found = json.loads(CliRunner().invoke(app, ["targets", "--json"]).stdout)
    by_kind = {about["kind"]: about for about in found}
    assert by_kind.keys() == target_kinds().keys() | face_search_kinds().keys()
    for name, kind in face_search_kinds().items():
        assert by_kind[name]["summary"] == f"face search: {kind.summary}"
        assert (by_kind[name]["fake"] is not None) == (name in face_formats())
    for name in target_kinds():
        about = by_kind[name]
        assert about["summary"] == target_kinds()[name].summary
        assert about["completeness"] in {"full", "top-k", "threshold", None}
        assert about["tests"]
        assert (about["fake"] is not None) == (name in wire_formats())
    assert by_kind["onnx"]["remote"] is False
    assert by_kind["http"]["remote"] is True


def test_the_list_is_for_people_too() -> None:
    said = CliRunner().invoke(app, ["targets"]).stdout
    for name, kind in target_kinds().items():
        assert f"{name}: {kind.summary}\n" in said
    assert "  fake: isotopes fake http --model MODEL.onnx\n" in said
    assert "\x1b" not in said


def test_remote_kinds_say_what_they_limit_and_need() -> None:
    for kind in target_kinds().values():
        if kind.__module__.startswith("isotopes.") and kind.remote is True:
            assert kind.limits, kind
            assert kind.credentials, kind


def test_every_fake_is_of_a_kind_and_says_how_to_ask_it() -> None:
    assert wire_formats().keys() <= target_kinds().keys()
    for name in wire_formats():
        assert "http://127.0.0.1:1/" in get_wire_format(name).how_to_ask("http://127.0.0.1:1/")


def test_a_fake_is_started_by_hand_and_asked_as_it_says(tmp_path: Path) -> None:
    write_network(tmp_path / "m.onnx")
    command = [sys.executable, "-m", "isotopes", "fake", "http", "--model", "m.onnx"]
    more = ["--fault", "reordered", "--fault", "half", "--every", "1"]
    with subprocess.Popen(
        [*command, *more], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip()
        assert process.stderr.readline() == (
            "save this as service.toml and give it to check --target:\n"
        )
        lines = [process.stderr.readline() for _ in range(14)]
        (tmp_path / "service.toml").write_text("".join(lines), encoding="utf-8")
        assert url in "".join(lines)
        target = open_target(str(tmp_path / "service.toml"))
        some = pictures(4)
        for _ in range(2):  # in another order, then cut short and asked again
            scores = target.ask(some)
            for label, column in zip(LABELS, expected(some).T, strict=True):
                assert scores.values[:, scores.column(label)] == pytest.approx(column, abs=1e-6)
        target.close()
        process.send_signal(signal.SIGINT)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("ftp", "--model", "m.onnx"), "no fake service is called 'ftp'", "http"),
        (
            ("ftp",),
            "no fake service is called 'ftp'",
            "rekognition, rekognition-custom, rekognition-faces",
        ),
        (("ftp",), "no fake service is called 'ftp'", "facepp, google-vision"),
        (("http", "--model", "m.onnx", "--fault", "fire"), "no fault is called 'fire'", "stall"),
        (("http", "--model", "absent.onnx"), "there is no ONNX file absent.onnx", ""),
        (("http",), "http needs a model to serve", "--model MODEL.onnx"),
        (("facepp", "--model", "m.onnx"), "facepp serves the face embedding", ""),
    ],
)
def test_what_can_not_be_faked_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: str,
    hint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_network(tmp_path / "m.onnx")
    found = CliRunner().invoke(app, ["fake", *arguments])
    assert isinstance(found.exception, IsotopesError)
    assert message in str(found.exception)
    assert hint in (found.exception.hint or "")
