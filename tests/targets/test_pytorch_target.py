from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_network import INPUT, LABELS, SIZE, expected, pictures
from tiny_program import build, write_weights

from isotopes.errors import TargetError
from isotopes.targets import open_target
from isotopes.targets.kinds.pytorch import PyTorchTarget, place_network
from isotopes.targets.local.batching import on_gpu
from isotopes.targets.local.description import Description, write_description

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_weights(tmp_path / "model.safetensors")


@pytest.mark.parametrize("more", ["", "?architecture=tiny_program:build"])
@pytest.mark.parametrize("ending", [".pt", ".pth", ".pt2", ".pkl", ".ckpt", ".bin", ".PT"])
def test_files_that_may_run_code_are_refused(tmp_path: Path, ending: str, more: str) -> None:
    path, trace = tmp_path / f"model{ending}", tmp_path / "trace"
    torch.save(Evil(trace), path)
    with pytest.raises(TargetError, match="can run its author's code when it is loaded") as caught:
        open_target(f"{path}{more}")
    assert "safetensors" in str(caught.value.hint)
    assert not trace.exists()


def test_the_weights_of_an_openvino_network_are_no_pickle(tmp_path: Path) -> None:
    (tmp_path / "model.xml").write_bytes(b"<net/>")
    (tmp_path / "model.bin").write_bytes(bytes(8))
    with pytest.raises(TargetError, match=r"model\.bin holds the weights of model\.xml") as caught:
        open_target(str(tmp_path / "model.bin"))
    assert caught.value.hint == "name model.xml instead"


class Evil:
    """Unpickled, it leaves a file behind."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self._trace,))


def test_weights_go_into_the_network_that_is_named(path: Path) -> None:
    target = open_target(f"{path}?architecture=tiny_program:build")
    some = pictures(4)
    np.testing.assert_allclose(target.ask(some).values, expected(some), atol=1e-6)
    assert target.labels == LABELS


def test_without_a_named_network_nothing_is_run(path: Path) -> None:
    with pytest.raises(TargetError, match="holds weights only; name a function") as caught:
        open_target(str(path))
    assert caught.value.hint == f"{path}?architecture=MODULE:FUNCTION"


@pytest.mark.parametrize("field", ["architecture", "code", "[arguments]\ncommand"])
def test_a_description_can_not_name_code(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    """Whatever lies beside a model may be a stranger's."""
    monkeypatch.chdir(tmp_path)
    beside = path.with_suffix(".toml")
    text = f'{field} = "subprocess:getoutput"\n'
    place = text + beside.read_text("utf-8") if "[" not in field else beside.read_text() + text
    beside.write_text(place, encoding="utf-8")
    for spec in (str(path), f"{path}?architecture=tiny_program:build"):
        with pytest.raises(TargetError):
            open_target(spec)
    with pytest.raises(TargetError, match="there is no field"):
        PyTorchTarget(path, build)


def test_a_module_beside_a_model_replaces_no_installed_one(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "wave.py").write_text("raise SystemExit('a stranger ran')")
    (tmp_path / "mine.py").write_text("from tiny_program import build\nimport wave\n")
    open_target(f"{path}?architecture=mine:build")
    assert sys.modules.pop("mine").__file__ == str(tmp_path / "mine.py")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("tiny_program:seven_labels", "the weights in .* don't fit seven_labels"),
        ("tiny_program:absent", "there is no Python function tiny_program:absent"),
        ("json:dumps", r"dumps\(\) raised TypeError"),
        ("builtins:dict", r"dict\(\) must return a torch.nn.Module, got dict"),
    ],
)
def test_code_that_does_not_fit_is_explained(
    path: Path, monkeypatch: pytest.MonkeyPatch, code: str, message: str
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(TargetError, match=message):
        open_target(f"{path}?architecture={code}")


def test_identity_covers_weights_code_and_description(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    identities = [PyTorchTarget(path, build).identity()]
    assert PyTorchTarget(path, build).identity() == identities[0]
    for text in ("from tiny_program import build\n", "from tiny_program import build  # changed\n"):
        (tmp_path / "own_code.py").write_text(
            text + "def network():\n    return build()\n", encoding="utf-8"
        )
        sys.modules.pop("own_code", None)
        identities.append(open_target(f"{path}?architecture=own_code:network").identity())
    sys.modules.pop("own_code")
    write_weights(path, seed=1)
    identities.append(PyTorchTarget(path, build).identity())
    beside = path.with_suffix(".toml")
    beside.write_text(beside.read_text("utf-8").replace('"ant"', '"anteater"'), encoding="utf-8")
    identities.append(PyTorchTarget(path, build).identity())
    assert len(set(identities)) == len(identities)


def test_a_network_of_the_usual_layers_is_run(tmp_path: Path) -> None:
    import safetensors.torch
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
    )
    path = tmp_path / "model.safetensors"
    safetensors.torch.save_file(network.state_dict(), path)
    write_description(path.with_suffix(".toml"), Description(LABELS, INPUT))
    target = PyTorchTarget(path, lambda: network)
    assert target.batch_size == 64
    together = target.ask(pictures(5)).values
    for row, picture in zip(together, pictures(5), strict=True):
        np.testing.assert_allclose(target.ask([picture]).values, [row], atol=1e-6)


@pytest.mark.parametrize("damage", [b"", b"\xff" * 64, b"\x08\x00\x00\x00\x00\x00\x00\x00{}"])
def test_damaged_weights_are_refused(path: Path, damage: bytes) -> None:
    path.write_bytes(damage)
    with pytest.raises(TargetError, match="is an empty file|is damaged, or no|is cut short"):
        PyTorchTarget(path, build)


def test_a_single_output_is_two_labels(tmp_path: Path) -> None:
    path = write_weights(tmp_path / "model.safetensors")
    import safetensors.torch

    layer = build(labels=1)
    safetensors.torch.save_file(layer.state_dict(), path)
    write_description(path.with_suffix(".toml"), Description(("cat",), INPUT, "sigmoid"))
    target = PyTorchTarget(path, lambda: layer)
    scores = target.ask(pictures(3, SIZE))
    assert scores.labels == target.labels == ("cat", "not cat")
    np.testing.assert_allclose(scores.values.sum(axis=1), 1)


def test_without_torch_the_extra_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(TargetError, match="needs the package torch") as caught:
        PyTorchTarget(path, build)
    assert caught.value.hint is not None
    assert "[torch]" in caught.value.hint


def test_a_gpu_is_used_if_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place_network(24, 24)[0] == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (4 * 2**30, 8 * 2**30))
    assert place_network(224, 224) == ("cuda", on_gpu(224, 224, 4 * 2**30))


def test_a_batch_that_the_gpu_s_memory_doesn_t_hold_is_divided(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = PyTorchTarget(path, build)
    run, sizes = target._run, []

    def small(prepared: np.ndarray) -> np.ndarray:
        sizes.append(len(prepared))
        if len(prepared) > most:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return run(prepared)

    monkeypatch.setattr(target, "_run", small)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    some, most = pictures(7), 2
    np.testing.assert_allclose(target.ask(some).values, expected(some), atol=1e-6)
    assert sizes == [7, 3, 1, 2, 4, 2, 2]
    most = 0
    with pytest.raises(TargetError, match="doesn't hold .* and one picture"):
        target.ask(some)
