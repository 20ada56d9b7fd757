"""What trainings run on and leave behind: precision, memory layout, curves, bare machines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from typer.testing import CliRunner

from isotopes.cli.commands import lab
from isotopes.errors import IsotopesError
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.networks import get_architecture
from isotopes.lab.train import training
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.side_outputs import SideOutputs, side_outputs
from isotopes.lab.train.training import AHEAD, Model, fit, train

RECIPE = Recipe(epochs=2, batch=8, learning_rate=0.01)


def some_pictures() -> Pictures:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), dtype=np.uint8)
    return Pictures(pixels, np.arange(16) % 2, ("even", "odd"))


@pytest.mark.parametrize("fast", [True, False])
def test_bfloat16_where_there_are_instructions_for_it(
    fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "has_bfloat16", lambda device: fast)
    seen: list[torch.Tensor] = []
    convolution = nn.Conv2d(3, 4, 3)
    convolution.register_forward_hook(lambda _module, given, out: seen.extend((given[0], out)))
    network = nn.Sequential(convolution, nn.Flatten(), nn.Linear(144, 2))
    pictures = some_pictures()
    model = Model(network, "own", pictures.names, (0.5,) * 3, (0.25,) * 3, (8, 8))
    fit(model, pictures, RECIPE)
    given, out = seen[:2]
    assert given.is_contiguous(memory_format=torch.channels_last)
    assert out.dtype == (torch.bfloat16 if fast else torch.float32)
    assert convolution.weight.dtype == torch.float32


class Operations(TorchDispatchMode):
    """Counts what the device is asked to do."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(
        self, operation: Any, _types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        self.count += 1
        return operation(*args, **(kwargs or {}))


def test_on_a_gpu_changing_the_pictures_costs_few_operations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There a step of a network takes as long as it takes to start its operations."""
    recipe = Recipe(1, batch=4, learning_rate=0.01, shift=1, flip=True, rotate=5, cutout=4)

    def operations(steps: int) -> int:
        pixels = np.zeros((4 * steps, 16, 16, 3), np.uint8)
        pictures = Pictures(pixels, np.arange(4 * steps) % 2, ("even", "odd"))
        network = get_architecture("resnet18").build(2)
        model = Model(network, "resnet18", pictures.names, (0.5,) * 3, (0.25,) * 3, (16, 16))
        with Operations() as found:
            fit(model, pictures, recipe)
        return found.count

    changing = operations(2) - operations(1)
    monkeypatch.setitem(AHEAD, "cpu", AHEAD["cuda"])
    each = (operations(32) - operations(16)) / 16
    assert each < 0.86 * changing


def test_batches_that_are_changed_at_once_are_those_of_an_epoch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each picture once, with its own label; a last one that would be alone is left out."""
    monkeypatch.setitem(AHEAD, "cpu", 3)
    count = 33  # 8 batches of 4, and one more picture
    pixels = np.full((count, 8, 8, 3), np.arange(count)[:, None, None, None], np.uint8)
    pictures = Pictures(pixels, np.arange(count), tuple(map(str, range(count))))
    seen: list[int] = []

    class Remembers(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bias = nn.Parameter(torch.zeros(count))

        def forward(self, given: torch.Tensor) -> torch.Tensor:
            shown = (given[:, 0, 0, 0] * 0.25 + 0.5) * 255
            seen.extend(shown.round().int().tolist())
            logits = functional.one_hot(shown.round().long(), count) * 100.0
            return logits + self.bias

    model = Model(Remembers(), "own", pictures.names, (0.5,) * 3, (0.25,) * 3, (8, 8))
    losses: list[float] = []
    recipe = Recipe(1, batch=4, learning_rate=0.01, shift=1, flip=True)
    fit(model, pictures, recipe, lambda _done, _all, loss: losses.append(loss))
    assert len(seen) == len(set(seen)) == 32
    assert losses[0] < 0.1  # each came with its own label


def test_curves_need_tensorboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with (
        side_outputs(SideOutputs(curves=tmp_path)),
        pytest.raises(IsotopesError, match="curves need TensorBoard") as caught,
    ):
        train("compact", some_pictures(), RECIPE, 0)
    assert caught.value.hint == "in a checkout: pip install '.[tensorboard]'"
    # The command says so before it trains anything.
    done = CliRunner().invoke(lab.app, ["run", "fig7", "--tensorboard", str(tmp_path)])
    assert isinstance(done.exception, IsotopesError)
    assert list(tmp_path.iterdir()) == []


def test_curves_are_what_tensorboard_reads(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    losses: list[float] = []
    with side_outputs(SideOutputs(curves=tmp_path)):
        pictures = some_pictures()
        train("compact", pictures, RECIPE, 0, progress=lambda _d, _a, loss: losses.append(loss))
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    assert [one.step for one in events.Scalars("loss")] == [1, 2]
    np.testing.assert_allclose([one.value for one in events.Scalars("loss")], losses, rtol=1e-6)
    assert events.Scalars("learning_rate")[0].value == pytest.approx(0.01)
    assert events.Scalars("pictures_per_second")[1].value > 0


BARE = """
import sys

REFUSED = {"cv2", "sqlalchemy", "cryptography", "platformdirs", "pycurl", "jmespath",
           "onnxruntime", "onnx", "typer", "rich", "jinja2", "matplotlib", "sklearn", "safetensors",
           "ray", "datasets", "transformers", "tensorboard"}
sys.modules.update(dict.fromkeys(REFUSED))

import numpy as np

from isotopes.lab.models.isotope_subset import IsotopeSubset, insert_subsets
from isotopes.lab.runner.engine import open_engine
from isotopes.lab.train.losses import losses
from isotopes.lab.trials.marks_trial import MarksTrial
from isotopes.lab.networks import architectures, libraries
from isotopes.lab.networks import get_architecture
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.runner.run import run_trials
from isotopes.lab.tasks import tasks
from isotopes.lab.train.training import train
from isotopes.marks import get_family

assert architectures() and libraries() and losses() and tasks()
pixels = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), dtype=np.uint8)
pictures = Pictures(pixels, np.arange(16) % 2, ("even", "odd"))
mark = get_family("gratings").draw(bytes(32), 0)
marked, _ = insert_subsets(pictures, [IsotopeSubset(0, mark, 0.4, 0.5)], np.random.default_rng(0))
model = train("compact", marked, Recipe(epochs=1, batch=8, learning_rate=0.01), 0)
assert model.predict(pixels).shape == (16, 2)
"""


def test_a_bare_machine_can_train() -> None:
    """With torch, numpy, scipy, pillow and pyarrow alone."""
    done = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
