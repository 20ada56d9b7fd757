"""scikit-learn's real handwritten digits as a person's folder of photos.

1,797 scans of 8 x 8 pixels by 43 people (E. Alpaydin, C. Kaynak, UCI 1998), enlarged and saved as
colour pictures: one folder for each digit.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isotopes.workflows.demo.material import Material
from isotopes.workflows.demo.perceptron import (
    accuracy,
    read_pictures,
    train_perceptron,
    write_onnx,
)

SIDE = 32  # pixels of a saved picture
TRAINING = 1400  # pictures; the others can serve as probes
WHITE, DARKEST = 255, 16  # of a pixel saved, of one in the data


class Digits(Material):
    """Ten people each of whom wrote one digit, and a perceptron of one hidden layer."""

    share: ClassVar[float] = 0.75  # chosen on seeds 1010 to 1054

    def write(self, training: Path, probes: Path, seed: int) -> str:
        from sklearn.datasets import load_digits

        data = load_digits()
        order = np.random.default_rng(seed).permutation(len(data.images))
        for place, index in enumerate(order.tolist()):
            root = training if place < TRAINING else probes
            folder = root / str(data.target[index])
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(_picture(data.images[index])).save(folder / f"{index:04}.png")
        return str(seed % 10)

    def train(self, folders: Iterable[Path], held_out: Path, seed: int, network: Path) -> float:
        trained = train_perceptron(read_pictures(folders), seed)
        write_onnx(trained, network)
        return accuracy(trained, read_pictures(sorted(held_out.iterdir())))


def _picture(scan: NDArray[np.float64]) -> NDArray[np.uint8]:
    """One scan, 8 x 8 with 0 for paper, as an RGB picture of black ink on white."""
    grey = np.rint(WHITE - scan * (WHITE / DARKEST)).astype(np.uint8)
    large = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.repeat(large[..., None], 3, axis=2)
