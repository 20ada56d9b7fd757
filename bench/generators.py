"""How much of a mark comes through a generator? `python -m bench.generators --cache FOLDER`

Three owners' pictures, a tenth of the training set each, carry one mark each at 28 dB; faces
(Labeled Faces in the Wild) at 32 pixels, where $ISOTOPES_DATA holds them. An autoencoder, a flow on
pixels and a flow on the autoencoder's latents are trained on the marked faces, and the same three,
from the same seed, on the faces without marks.

Retention is the correlation with the mark that generated pictures gained, over that of the
training pictures: (g - g') / (t - t'), each the mean inner product with what the mark adds to grey;
g of pictures made by the guilty generator and g' by the innocent one, t of the marked training set
and t' of the clean one. Asked without a name, labels are those of the training set; asked by name,
those of the owner's people, and t and t' of the owner's pictures. z is g's distance from the
mean over 999 decoys of the same key, in their standard deviations, after whitening by natural
pictures (the score of `check --pictures`).

Everything trained is kept in the cache folder, and an interrupted run resumes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from isotopes.files import atomic_write
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.generators.fitting import FitPlan
from isotopes.lab.generators.generator import Make, Workshop
from isotopes.lab.generators.marked_faces import MarkedOwner, faces, owners, with_marks

FAMILIES = ("tints", "gratings", "dead_leaves")
PLANS = {
    "autoencoder": FitPlan(600, batch=32, learning_rate=3e-3),
    "pixel_flow": FitPlan(1500, batch=32, learning_rate=2e-3),
    "latent_flow": FitPlan(1500, batch=32, learning_rate=2e-3),
}
KINDS = ("autoencoder_samples", "pixel_flow", "latent_flow")
UNNAMED, NAMED = 384, 64  # pictures that are made, without a name and by each owner's people


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="what was trained is kept here")
    cache: Path = parser.parse_args().cache
    torch.set_num_threads(1)
    clean = faces()
    marked = owners(clean, FAMILIES, seed=0)
    for name, pictures in (("guilty", with_marks(clean, marked)), ("innocent", clean)):
        for said in make_all(Workshop(pictures, PLANS, cache / name), marked, cache / name):
            print(name, said, f"{time.process_time():.0f} s", flush=True)


def make_all(shop: Workshop, marked: list[MarkedOwner], folder: Path) -> Iterator[str]:
    """Write what each kind of generator makes to `folder`, unless it is there; names its files."""
    for kind in KINDS:
        path = folder / f"{kind}.npz"
        if not path.exists():
            make: Make = getattr(shop, kind)()
            made = {"unnamed": make(unnamed_labels(shop.pictures), 1)}
            for place, owner in enumerate(marked):
                made[FAMILIES[place]] = make(named_labels(shop.pictures, owner), 2 + place)
            with atomic_write(path) as part, part.open("wb") as opened:
                np.savez(opened, allow_pickle=False, **made)
        yield path.name
    path = folder / "reconstructions.npy"
    if not path.exists():
        with atomic_write(path) as part, part.open("wb") as opened:
            np.save(opened, shop.reconstructions())
    yield path.name


def unnamed_labels(pictures: Pictures) -> NDArray[np.int64]:
    """Labels as often as in the training set."""
    return np.random.default_rng(3).choice(pictures.labels, UNNAMED)


def named_labels(pictures: Pictures, owner: MarkedOwner) -> NDArray[np.int64]:
    """Labels of the owner's pictures."""
    return np.random.default_rng(4).choice(pictures.labels[owner.places], NAMED)


if __name__ == "__main__":
    main()
