"""scikit-learn's real handwritten digits as a person's folder of photos.

1,797 scans of 8 x 8 pixels by 43 people (E. Alpaydin, C. Kaynak, UCI 1998), enlarged and saved as
colour pictures: one folder for each digit.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 32  # pixels of a saved picture
TRAINING = 1400  # pictures; the others can serve as probes
WHITE, DARKEST = 255, 16  # of a pixel saved, of one in the data


def write_digits(training: Path, probes: Path, seed: int) -> None:
    """Write training pictures and probes below the two folders, split at random by `seed`."""
    from sklearn.datasets import load_digits

    data = load_digits()
    order = np.random.default_rng(seed).permutation(len(data.images))
    for place, index in enumerate(order.tolist()):
        root = training if place < TRAINING else probes
        folder = root / str(data.target[index])
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(_picture(data.images[index])).save(folder / f"{index:04}.png")


def _picture(scan: NDArray[np.float64]) -> NDArray[np.uint8]:
    """One scan, 8 x 8 with 0 for paper, as an RGB picture of black ink on white."""
    grey = np.rint(WHITE - scan * (WHITE / DARKEST)).astype(np.uint8)
    large = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.repeat(large[..., None], 3, axis=2)
