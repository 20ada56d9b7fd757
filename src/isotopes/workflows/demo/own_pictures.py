"""An image set of your own as ten people's folders of photos, and a convolutional network."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import FolderError
from isotopes.lab.data.image_sets import ImageSet, open_image_set
from isotopes.lab.data.pictures import Pictures
from isotopes.photos import read_folder
from isotopes.targets.local.preprocess import Preprocessing, fit_size
from isotopes.workflows.demo.material import Material

LABELS = 10
TRAINING, PROBES = 500, 40  # pictures of each label, if there are so many
HELD_OUT = 5  # where the set holds none out, every fifth picture is
INPUT = Preprocessing((32, 32))
ARCHITECTURE, RECIPE = "compact", "desk-plain"

Chosen = dict[int, NDArray[np.int64]]


class OwnImageSet(Material):
    """Ten labels of an image set, at random, and the lab's compact network."""

    share: ClassVar[float] = 0.75  # chosen, with the recipe, on seeds 1000 to 1025

    def __init__(self, folder: Path) -> None:
        """Use the image set in `folder`: Hugging Face parquet, or one folder for each label.

        Raises:
            FolderError: not an image set, or fewer than two labels.
        """
        found = open_image_set(folder)
        assert found is not None  # training pictures are there, or an error was raised
        if len(np.unique(found.labels)) < 2:
            raise FolderError(f"a classifier needs two labels, but {folder} has pictures of one")
        self._training = found
        self._held_out = open_image_set(folder, training=False)

    def write(self, training: Path, probes: Path, seed: int) -> str:
        rng = np.random.default_rng(seed)
        mine = self._training.choose(rng, LABELS, TRAINING)
        names = [self._training.names[label] for label in mine]
        folders = dict(zip(names, _folder_names(names), strict=True))
        if self._held_out is None:
            others = {label: places[::HELD_OUT][:PROBES] for label, places in mine.items()}
            mine = {label: np.setdiff1d(mine[label], others[label]) for label in mine}
            _write(self._training, others, folders, probes)
        else:
            _write(self._held_out, _of_labels(self._held_out, names, rng), folders, probes)
        _write(self._training, mine, folders, training)
        return str(rng.choice(sorted(folders.values())))

    def train(self, folders: Iterable[Path], held_out: Path, seed: int, network: Path) -> float:
        from isotopes.lab.models.export import export_onnx
        from isotopes.lab.train.recipe import RECIPES
        from isotopes.lab.train.training import train

        trained = train(ARCHITECTURE, _read(folders), RECIPES[RECIPE], seed)
        export_onnx(trained, network)
        return trained.accuracy(_read(sorted(held_out.iterdir())))


def _of_labels(images: ImageSet, names: list[str], rng: np.random.Generator) -> Chosen:
    """Probes: some pictures of each of these labels, as far as the set has them."""
    labels = [label for label, name in enumerate(images.names) if name in names]
    every = {label: np.flatnonzero(images.labels == label) for label in labels}
    return {label: rng.permutation(places)[:PROBES] for label, places in every.items()}


def _folder_names(names: list[str]) -> list[str]:
    """The labels' names as folders' names, which are the model's labels then."""
    plain = [re.sub(r"[^\w ().-]", "_", name).strip(" .") or "_" for name in names]
    if len({name.casefold() for name in plain}) == len(plain):
        return plain
    return [f"{name} {place}" for place, name in enumerate(plain)]


def _write(images: ImageSet, chosen: Chosen, folders: dict[str, str], root: Path) -> None:
    """The pictures as files, byte for byte as the set holds them."""
    for label, places in chosen.items():
        folder = root / folders[images.names[label]]
        folder.mkdir(parents=True, exist_ok=True)
        for record in images.read(places.tolist()):
            ending = Path(record.name).suffix or ".png"
            (folder / f"{record.index:06}{ending}").write_bytes(record.data)


def _read(folders: Iterable[Path]) -> Pictures:
    """All pictures of some folders, each of which holds one label's and is called like it."""
    found = [(folder.name, picture) for folder in folders for _, picture in read_folder(folder)]
    names = tuple(sorted({name for name, _ in found}))
    pixels = np.stack([fit_size(picture, INPUT) for _, picture in found])
    labels = np.array([names.index(name) for name, _ in found], np.int64)
    return Pictures(pixels, labels, names)
