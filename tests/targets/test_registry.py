from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tiny_network import write_network

from isotopes.errors import TargetUnusable
from isotopes.targets import open_target, target_kinds
from isotopes.targets.kinds.onnx import OnnxTarget


def test_each_kind_says_what_to_write() -> None:
    kinds = target_kinds()
    assert {"onnx", "http", "callable", "saved"} <= set(kinds)
    for kind in kinds.values():
        assert kind.summary
        assert all(ending.startswith(".") for ending in kind.endings)


def test_no_ending_means_two_kinds() -> None:
    endings = [ending for kind in target_kinds().values() for ending in kind.endings]
    assert len(endings) == len(set(endings))


@pytest.mark.parametrize("spec", ["tiny.onnx", "onnx:tiny.onnx", "TINY.ONNX"])
def test_a_network_is_opened_by_its_ending_or_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str
) -> None:
    write_network(tmp_path / spec.removeprefix("onnx:"))
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_target(spec), OnnxTarget)


def test_a_function_is_opened_by_module_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert open_target("statistics:mean").name == "statistics:mean"
    assert open_target("callable:statistics:mean").name == "statistics:mean"
    # A module that is there is meant, however near its name is to a kind's.
    assert open_target("html:escape").name == "html:escape"


@pytest.mark.parametrize(
    ("spec", "message", "hint"),
    [
        ("onx:model", "no kind of target is called 'onx'", "did you mean onnx:model ?"),
        ("htttp:api.toml2", "no kind of target is called 'htttp'", "did you mean http:api.toml2 ?"),
        ("model.onx", "'model.onx' names no kind of target", "did you mean model.onnx ?"),
        ("api.tml", "'api.tml' names no kind of target", "did you mean api.toml ?"),
        ("model.h6", "'model.h6' names no kind of target", "did you mean model.h5 ?"),
        ("model.abc", "'model.abc' names no kind of target", "give MODEL.onnx, ENDPOINT.toml"),
        ("model.mlpackage", "runs on Apple's systems only", "isotopes export-queries"),
        ("", "'' names no kind of target", "module:function, or one of: "),
        ("no_such_module:f", "there is no Python function no_such_module:f", "MODULE:FUNCTION"),
    ],
)
def test_typing_errors_are_explained(
    monkeypatch: pytest.MonkeyPatch, spec: str, message: str, hint: str
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(TargetUnusable, match=message) as caught:
        open_target(spec)
    assert hint in str(caught.value.hint)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("absent.onnx", "there is no ONNX file absent.onnx"),
        ("absent.safetensors", "there is no safetensors file absent.safetensors"),
        ("absent.toml", "there is no file absent.toml"),
        ("folder.toml", r"folder\.toml is a folder, not a file$"),
        ("onnx:folder.toml", r"folder\.toml is a folder, not a file$"),
        ("pytorch:folder.toml", r"folder\.toml is a folder, not a file$"),
        ("onnx:", "onnx: names no file"),
        ("http:", "http: names no file"),
        ("oip:", "oip: names no file"),
        ("pytorch:", "pytorch: names no file"),
        ("saved:", "saved: names no file"),
        ("wrong.toml", r"wrong\.toml can't be read as TOML"),
        ("unset.toml", "needs the environment variable 'TARGET_UNSET', which is not set"),
        ("tiny.onnx", r"there is no file tiny\.toml"),
        ("vertex:nothing", "'nothing' must be"),
        ("statistics:absent", "there is no Python function statistics:absent"),
        ("empty", "empty is a folder without config.json or saved_model"),
        ("https://host/v1?key=1", "https://host/v1 is an address, but nothing says how"),
        ("http://host/v1?key=1", "http://host/v1 is an address, but nothing says how"),
    ],
)
def test_what_can_not_be_asked_as_it_is_described_is_no_failure_of_a_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    write_network(tmp_path / "tiny.onnx")
    (tmp_path / "tiny.toml").unlink()
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "wrong.toml").write_text("url = ")
    (tmp_path / "unset.toml").write_text('url = "http://localhost/?key=${TARGET_UNSET}"')
    with pytest.raises(TargetUnusable, match=message) as caught:
        open_target(spec)
    assert caught.value.exit_code == 2
    assert "Errno" not in str(caught.value)
