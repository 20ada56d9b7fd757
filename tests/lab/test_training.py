"""Networks learn, the same each time, and come back from files as they were."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from image_files import write_folders

from isotopes.errors import BlendError, FolderError, IsotopesError
from isotopes.lab.data.image_sets import open_image_set
from isotopes.lab.data.pictures import Pictures, decode
from isotopes.lab.models.bank import Bank, load_model, save_model
from isotopes.lab.models.export import export_onnx
from isotopes.lab.models.isotope_subset import IsotopeSubset, insert_subsets
from isotopes.lab.networks import architectures, get_architecture
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.training import Model, train
from isotopes.marks import get_family
from isotopes.targets import open_target

QUICK = Recipe(epochs=3, batch=16, learning_rate=0.1, warmup=1, shift=1, flip=True)


def some_pictures(count: int = 96) -> Pictures:
    """Noise that is brighter in one channel for each of three labels."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 3
    pixels = rng.integers(0, 160, (count, 32, 32, 3))
    pixels[np.arange(count), ..., labels] += 60
    return Pictures(pixels.astype(np.uint8), labels, ("red", "green", "blue"))


@pytest.fixture(scope="module")
def model() -> Model:
    return train("compact", some_pictures(), QUICK, seed=1)


def test_a_network_learns(model: Model) -> None:
    assert model.accuracy(some_pictures()) > 0.9
    probabilities = model.predict(some_pictures().pixels)
    assert probabilities.shape == (96, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_the_same_seed_gives_the_same_network_and_another_another(model: Model) -> None:
    pixels = some_pictures().pixels
    before = torch.get_rng_state()
    again = train("compact", some_pictures(), QUICK, seed=1)
    other = train("compact", some_pictures(), QUICK, seed=2)
    assert torch.equal(torch.get_rng_state(), before)  # nothing is seeded globally
    np.testing.assert_array_equal(again.predict(pixels), model.predict(pixels))
    assert not np.allclose(other.predict(pixels), model.predict(pixels))


def test_a_training_that_diverges_says_so() -> None:
    pictures = some_pictures(32)
    wild = Recipe(epochs=2, batch=16, learning_rate=1e30)
    with pytest.raises(IsotopesError, match="diverged in epoch"):
        train("compact", pictures, wild, seed=0)


@pytest.mark.parametrize("name", sorted(architectures()))
def test_every_network_gives_a_logit_for_each_label(name: str) -> None:
    network = get_architecture(name).build(7).eval()
    with torch.inference_mode():
        assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 7)


def test_an_unknown_network_names_those_there_are() -> None:
    with pytest.raises(IsotopesError, match="no network is called 'vgg'") as caught:
        get_architecture("vgg")
    assert "compact" in (caught.value.hint or "")


def test_the_exported_network_answers_as_the_trained_one(model: Model, tmp_path: Path) -> None:
    export_onnx(model, tmp_path / "model.onnx")
    target = open_target(str(tmp_path / "model.onnx"))
    pictures = some_pictures().pixels
    scores = target.ask(list(pictures))
    assert scores.labels == model.labels
    np.testing.assert_allclose(scores.values, model.predict(pictures), atol=1e-4)


def test_a_model_comes_back_from_its_file(model: Model, tmp_path: Path) -> None:
    save_model(model, tmp_path / "model.safetensors")
    again = load_model(tmp_path / "model.safetensors")
    assert (again.labels, again.mean, again.std) == (model.labels, model.mean, model.std)
    pixels = some_pictures().pixels
    np.testing.assert_array_equal(again.predict(pixels), model.predict(pixels))
    (tmp_path / "other.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(FolderError, match="holds no model of this lab"):
        load_model(tmp_path / "other.safetensors")


@dataclass(frozen=True)
class Counted:
    """Writes a file each time that it is trained."""

    seed: int
    log: str

    def train(self) -> Model:
        with Path(self.log).open("a") as log:
            log.write(f"{self.seed}\n")
        return train("compact", some_pictures(32), Recipe(epochs=1, batch=16), self.seed)


def test_a_bank_trains_each_model_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    bank = Bank(tmp_path / "bank")
    first = bank.get(Counted(0, str(log)))
    again = Bank(tmp_path / "bank").get(Counted(0, str(log)))
    pixels = some_pictures().pixels
    np.testing.assert_array_equal(first.predict(pixels), again.predict(pixels))
    bank.get(Counted(1, str(log)))
    assert log.read_text().split() == ["0", "1"]
    (tmp_path / "bank" / ".x.0.part").write_bytes(b"from a run that was killed")
    assert len(list((tmp_path / "bank").glob("*.safetensors"))) == 2


def test_doses_mark_their_share_of_their_label_only() -> None:
    pictures = some_pictures(90)
    marks = [get_family("gratings").draw(bytes([key]) * 32, 0) for key in range(3)]
    subsets = [
        IsotopeSubset(0, marks[0], 0.4, 0.5),
        IsotopeSubset(0, marks[1], 0.4, 0.2),
        IsotopeSubset(2, marks[2], 0.4, 0.1),
    ]
    marked, chosen = insert_subsets(pictures, subsets, np.random.default_rng(0))
    assert [len(places) for places in chosen] == [15, 6, 3]
    assert not set(chosen[0]) & set(chosen[1])
    assert (pictures.labels[chosen[2]] == 2).all()
    changed = (marked.pixels != pictures.pixels).any(axis=(1, 2, 3))
    assert set(np.flatnonzero(changed)) == set(np.concatenate(chosen))
    with pytest.raises(BlendError, match="still unmarked"):
        insert_subsets(
            pictures, [*subsets, IsotopeSubset(0, marks[2], 0.4, 0.5)], np.random.default_rng(0)
        )
    with pytest.raises(BlendError, match="is 0 pictures"):
        insert_subsets(pictures, [IsotopeSubset(0, marks[0], 0.4, 0.001)], np.random.default_rng(0))


def test_damaged_pictures_are_left_out_and_named(tmp_path: Path) -> None:
    write_folders(tmp_path, 2, side=20)
    (tmp_path / "green" / "01.png").write_bytes(b"damaged")
    images = open_image_set(tmp_path)
    assert images is not None
    told: list[str] = []
    pictures = decode(images, range(len(images)), (16, 16), lambda name, _: told.append(name))
    assert told == ["green/01.png"]
    assert pictures.pixels.shape == (5, 16, 16, 3)
    assert pictures.labels.tolist() == [0, 0, 1, 2, 2]
