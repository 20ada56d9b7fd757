"""How visible are marks? PSNR, SSIM, SSIMULACRA 2 and FLIP for each family and visibility.

`python -m bench.visibility [FOLDER]` with photos of your own, by default the two that scikit-learn
ships (640 x 427). Each photo gets `KEYS` marks of each family, drawn from the zero key. Needs the
extra `visibility`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.record import record
from isotopes.blending import blend
from isotopes.marks import get_family
from isotopes.photos import read_folder
from isotopes.photos.perceived import Measures, perceived_difference

FAMILIES = ("tints", "gratings", "dead_leaves", "grade", "bent")
KEYS = 5


def main() -> None:
    if len(sys.argv) > 1:
        photos = [picture for _, picture in read_folder(Path(sys.argv[1]))]
    else:
        photos = shipped_photos()
    rows = list(measure_families(photos))
    record("visibility", rows, " ".join(["python -m bench.visibility", *sys.argv[1:]]))


def shipped_photos() -> list[NDArray[np.uint8]]:
    """The two photos that come with scikit-learn (CC BY 2.0)."""
    from sklearn.datasets import load_sample_images

    return list(load_sample_images().images)


def measure_families(photos: list[NDArray[np.uint8]]) -> Iterator[dict[str, object]]:
    for name in FAMILIES:
        family = get_family(name)
        marks = [family.draw(bytes(32), index) for index in range(KEYS)]
        for word, alpha in family.visibilities.items():
            found = [
                perceived_difference(photo, blend(photo, mark, alpha))
                for photo in photos
                for mark in marks
            ]
            yield {"family": name, "visibility": word, "alpha": alpha, **summary(found)}


def summary(found: list[Measures]) -> dict[str, object]:
    """Median, least and greatest of each measure."""
    told: dict[str, object] = {"n": len(found)}
    for name in ("psnr", "ssim", "ssimulacra2", "flip"):
        values = [getattr(one, name) for one in found]
        if None in values:
            raise SystemExit(f"{name} can't be measured: pip install 'data-isotopes[visibility]'")
        low, middle, high = np.quantile(values, (0, 0.5, 1)).round(4).tolist()
        told |= {name: middle, f"{name}_min": low, f"{name}_max": high}
    return told


if __name__ == "__main__":
    main()
