"""A training that was interrupted goes on as if it hadn't been; one without hope stops early."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from isotopes.errors import IsotopesError
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.bank import Bank
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.side_outputs import SideOutputs, current_side_outputs, side_outputs
from isotopes.lab.train.training import Model, train

# All that draws random numbers, and both kinds of what optimisers remember.
SGD = Recipe(
    epochs=4, batch=16, learning_rate=0.05, warmup=1, shift=1, flip=True, rotate=5, cutout=4
)
ADAM = Recipe(epochs=4, batch=16, learning_rate=1e-3, optimiser="adam", shift=1)


def some_pictures(seed: int = 0) -> Pictures:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (40, 12, 12, 3), dtype=np.uint8)
    return Pictures(pixels, np.arange(40) % 4, ("a", "b", "c", "d"))


def trained(recipe: Recipe, *, stop_after: int | None = None, seed: int = 3) -> tuple[Model, int]:
    """The model, and how many epochs that took."""
    epochs: list[int] = []

    def progress(done: int, _all: int, _loss: float) -> None:
        epochs.append(done)
        if done == stop_after:
            raise KeyboardInterrupt

    model = train("compact", some_pictures(), recipe, seed, progress=progress)
    return model, len(epochs)


def assert_equal(one: Model, other: Model) -> None:
    ours, theirs = one.network.state_dict(), other.network.state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


@pytest.mark.parametrize("recipe", [SGD, ADAM], ids=["sgd", "adam"])
def test_what_was_interrupted_goes_on_bit_for_bit(recipe: Recipe, tmp_path: Path) -> None:
    whole, _ = trained(recipe)
    with side_outputs(SideOutputs(tmp_path, every=0)):
        with pytest.raises(KeyboardInterrupt):
            trained(recipe, stop_after=2)
        torch.rand(5)  # what others draw meanwhile doesn't matter
        assert len(list(tmp_path.iterdir())) == 1
        resumed, epochs = trained(recipe)
    assert epochs == 2
    assert_equal(resumed, whole)
    assert list(tmp_path.iterdir()) == []  # removed when it is over


def test_another_training_doesn_t_go_on_from_it(tmp_path: Path) -> None:
    with side_outputs(SideOutputs(tmp_path, every=0)):
        with pytest.raises(KeyboardInterrupt):
            trained(SGD, stop_after=2)
        assert trained(SGD, seed=4)[1] == 4
        assert trained(ADAM)[1] == 4
        assert len(list(tmp_path.iterdir())) == 1


def test_a_damaged_checkpoint_is_no_checkpoint(tmp_path: Path) -> None:
    whole, _ = trained(SGD)
    with side_outputs(SideOutputs(tmp_path, every=0)):
        with pytest.raises(KeyboardInterrupt):
            trained(SGD, stop_after=2)
        (file,) = tmp_path.iterdir()
        file.write_bytes(file.read_bytes()[:500])
        again, epochs = trained(SGD)
    assert epochs == 4
    assert_equal(again, whole)


def test_short_trainings_write_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with side_outputs(SideOutputs(tmp_path)):
        with pytest.raises(KeyboardInterrupt):
            trained(SGD, stop_after=2)
        assert list(tmp_path.iterdir()) == []
        clock = iter(range(0, 1000, 31))
        monkeypatch.setattr(time, "monotonic", lambda: next(clock))
        with pytest.raises(KeyboardInterrupt):
            trained(SGD, stop_after=2)
        assert len(list(tmp_path.iterdir())) == 1


@dataclass(frozen=True)
class Interrupted:
    """Stopped after two epochs as long as there is a file `stop`."""

    stop: str

    def train(self) -> Model:
        return trained(SGD, stop_after=2 if Path(self.stop).exists() else None)[0]


def test_a_bank_goes_on_in_the_middle_of_a_training(tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    stop.touch()
    bank = Bank(tmp_path / "bank")
    with side_outputs(SideOutputs(every=0)):
        with pytest.raises(KeyboardInterrupt):
            bank.get(Interrupted(str(stop)))
        assert len(list((tmp_path / "bank" / "unfinished").iterdir())) == 1
        stop.unlink()
        assert_equal(bank.get(Interrupted(str(stop))), trained(SGD)[0])
    assert list((tmp_path / "bank" / "unfinished").iterdir()) == []
    assert current_side_outputs() == SideOutputs()


def test_a_loss_that_has_exploded_ends_the_training() -> None:
    wild = Recipe(epochs=50, batch=16, learning_rate=3e3, clip=1e9)
    with pytest.raises(
        IsotopesError, match=r"diverged in epoch [1-5]: the loss is .*guessing 1.386"
    ):
        trained(wild)
