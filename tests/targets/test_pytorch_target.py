from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_network import INPUT, LABELS, SIZE, expected, pictures
from tiny_program import build, write_program

from isotopes.errors import TargetError
from isotopes.targets import open_target
from isotopes.targets.kinds.pytorch import PyTorchTarget
from isotopes.targets.local.description import Description, write_description

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch


class Evil:
    """Unpickled, it leaves a file behind."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self._trace,))


def pickled(trace: Path) -> bytes:
    buffer = io.BytesIO()
    torch.save(Evil(trace), buffer)
    return buffer.getvalue()


def rewrite(path: Path, change: Callable[[str, bytes], bytes], **more: bytes) -> None:
    """Change the parts of an archive; names in `more` have _ for /."""
    with zipfile.ZipFile(path) as source:
        root = source.namelist()[0].partition("/")[0]
        parts = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w") as out:
        for name, data in parts.items():
            out.writestr(name, change(name.partition("/")[2], data))
        for name, data in more.items():
            out.writestr(f"{root}/{name.replace('_', '/')}", data)


@pytest.mark.parametrize("ending", [".pt", ".pth", ".pkl", ".ckpt", ".bin", ".PT"])
def test_pickles_are_refused_with_the_reason(tmp_path: Path, ending: str) -> None:
    path, trace = tmp_path / f"model{ending}", tmp_path / "trace"
    path.write_bytes(pickled(trace))
    with pytest.raises(TargetError, match="is a pickle, and to load one is to run") as caught:
        open_target(str(path))
    assert "safetensors" in str(caught.value.hint)
    assert not trace.exists()


def test_example_inputs_are_never_unpickled(tmp_path: Path) -> None:
    path, trace = write_program(tmp_path / "model.pt2"), tmp_path / "trace"
    rewrite(path, lambda part, data: pickled(trace) if "sample_inputs" in part else data)
    some = pictures(3)
    np.testing.assert_allclose(PyTorchTarget(path).ask(some).values, expected(some), atol=1e-6)
    assert not trace.exists()


def test_a_pickled_weight_is_refused(tmp_path: Path) -> None:
    path, trace = write_program(tmp_path / "model.pt2"), tmp_path / "trace"

    def change(part: str, data: bytes) -> bytes:
        if part.endswith("weights_config.json"):
            return data.replace(b'"use_pickle": false', b'"use_pickle": true')
        return pickled(trace) if part == "data/weights/weight_0" else data

    rewrite(path, change)
    with pytest.raises(TargetError, match="holds a pickled tensor or object, which could run"):
        PyTorchTarget(path)
    assert not trace.exists()


def test_a_pickled_object_is_refused(tmp_path: Path) -> None:
    path = write_program(tmp_path / "model.pt2")
    entry = {"x": {"path_name": "opaque_obj_0", "is_param": False, "use_pickle": False}}

    def change(part: str, data: bytes) -> bytes:
        return json.dumps({"config": entry}).encode() if "constants_config" in part else data

    rewrite(path, change)
    with pytest.raises(TargetError, match="holds a pickled tensor or object"):
        PyTorchTarget(path)


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("target", "torch.hub.load", "the operation 'torch.hub.load'"),
        ("target", "_operator.methodcaller", "the operation '_operator.methodcaller'"),
        ("expr_str", "__import__('os').system('true')", 'the size "__import__'),
        ("expr_str", "().__class__", "the size '"),
    ],
)
def test_code_in_a_graph_is_refused(tmp_path: Path, field: str, text: str, message: str) -> None:
    path = write_program(tmp_path / "model.pt2")

    def spoil(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: text if k == field else spoil(child) for k, child in value.items()}
        return [spoil(child) for child in value] if isinstance(value, list) else value

    def change(part: str, data: bytes) -> bytes:
        return json.dumps(spoil(json.loads(data))).encode() if "models/" in part else data

    rewrite(path, change)
    with pytest.raises(TargetError, match="which could run its author's code") as caught:
        PyTorchTarget(path)
    assert message in str(caught.value)


def test_parts_that_are_not_known_are_refused(tmp_path: Path) -> None:
    path = write_program(tmp_path / "model.pt2")
    rewrite(path, lambda part, data: data, data_weights_model=b"")
    with pytest.raises(TargetError, match="a part called 'data/weights/model'"):
        PyTorchTarget(path)


def test_what_is_no_program_is_told(tmp_path: Path) -> None:
    path = write_program(tmp_path / "model.pt2")
    path.write_bytes(b"\x00" * 64)
    with pytest.raises(TargetError, match=r"can't be read as a torch\.export program"):
        PyTorchTarget(path)


def test_a_network_of_the_usual_layers_is_run(tmp_path: Path) -> None:
    from torch import nn

    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, len(LABELS)),
    ).eval()
    free = ({0: torch.export.Dim("n", min=1)},)
    program = torch.export.export(network, (torch.zeros(2, 3, *SIZE),), dynamic_shapes=free)
    torch.export.save(program, tmp_path / "model.pt2")
    write_description(tmp_path / "model.toml", Description(LABELS, INPUT))
    target = PyTorchTarget(tmp_path / "model.pt2")
    assert target.batch_size == 64
    together = target.ask(pictures(5)).values
    for row, picture in zip(together, pictures(5), strict=True):
        np.testing.assert_allclose(target.ask([picture]).values, [row], atol=1e-6)


def test_a_fixed_batch_is_filled_up(tmp_path: Path) -> None:
    target = PyTorchTarget(write_program(tmp_path / "model.pt2", batch=4))
    assert target.batch_size == 4
    np.testing.assert_allclose(target.ask(pictures(3)).values, expected(pictures(3)), atol=1e-6)


def write_weights(
    folder: Path, *, architecture: str = "tiny_program:build", labels: int = 5
) -> Path:
    import safetensors.torch

    path = folder / "model.safetensors"
    safetensors.torch.save_file(build(0).state_dict(), path)
    write_description(path.with_suffix(".toml"), Description(LABELS, INPUT))
    beside = path.with_suffix(".toml")
    code = f'architecture = "{architecture}"\n'
    text = f"{code}{beside.read_text('utf-8')}\n[arguments]\nlabels = {labels}\n"
    beside.write_text(text, encoding="utf-8")
    return path


def test_safetensors_go_with_the_code_that_is_named(tmp_path: Path) -> None:
    target = open_target(str(write_weights(tmp_path)))
    some = pictures(4)
    np.testing.assert_allclose(target.ask(some).values, expected(some), atol=1e-6)
    assert target.identity() != PyTorchTarget(write_program(tmp_path / "m.pt2")).identity()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"labels": 7}, "don't fit tiny_program:build"),
        ({"architecture": "tiny_program:absent"}, "there is no Python function tiny_program:abs"),
        ({"architecture": "json:dumps"}, "json:dumps can't be called with"),
        ({"architecture": "builtins:dict"}, "must give a torch.nn.Module, got dict"),
    ],
)
def test_code_that_does_not_fit_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any], message: str
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(TargetError, match=message):
        PyTorchTarget(write_weights(tmp_path, **how))


def test_without_torch_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_program(tmp_path / "model.pt2")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(TargetError, match="needs the package torch") as caught:
        PyTorchTarget(path)
    assert caught.value.hint == "pip install 'isotopes[torch]'"
