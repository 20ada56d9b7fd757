"""How much of a mark comes through a generator? `python -m bench.generators --cache FOLDER`

Three owners' pictures, a tenth of the training set each, carry one mark each at 28 dB; faces
(Labeled Faces in the Wild) at 32 pixels, where $ISOTOPES_DATA holds them. An autoencoder, a flow on
pixels and a flow on the autoencoder's latents are trained on the marked faces, and the same three,
from the same seed, on the faces without marks.

Two measures of what comes through, in docs/results/generators.json:

retention: of correlation with the mark, that is the mean inner product with what it adds to grey.
For the autoencoder, what is left of the marks in the owner's own pictures once they went through
it: each marked picture less the same one without the mark, both through the guilty autoencoder,
over what was put in. For generated pictures what the guilty generator's gained over the innocent
one's, over what the training pictures gained; none where the innocent one isn't trained yet. Asked
without a name, labels are those of the training set; asked by name, those of the owner's people.

p, p_innocent: of the mark in the guilty and in the innocent generator's pictures, among 999 decoys
of its key, by the score of `check --pictures`; 0.001 is the least.

Everything trained is kept in the cache folder, and an interrupted run resumes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bench.record import record
from isotopes.arrays import read_archive
from isotopes.blending import blend
from isotopes.files import atomic_write
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.generators.fitting import FitPlan
from isotopes.lab.generators.generator import Make, Workshop
from isotopes.lab.generators.marked_faces import MarkedOwner, faces, owners, with_marks
from isotopes.lab.models.mark_spec import Drawn
from isotopes.marks import Mark, get_family
from isotopes.stats.exact.rank import rank_test_over_labels
from isotopes.verify.matching.matched_filter import matched_filter
from isotopes.verify.matching.small import pattern, small

FAMILIES = ("tints", "gratings", "dead_leaves")
PLANS = {
    "autoencoder": FitPlan(600, batch=32, learning_rate=3e-3),
    "pixel_flow": FitPlan(1500, batch=32, learning_rate=2e-3),
    "latent_flow": FitPlan(1500, batch=32, learning_rate=2e-3),
}
# Of each kind, how many pictures are made without a name. The autoencoder alone knows no names.
KINDS = {"autoencoder_samples": 4096, "pixel_flow": 384, "latent_flow": 384}
UNKNOWING = "autoencoder_samples"
DECOYS = 999
NAMED = 64  # pictures that are made by the names of each owner's people


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="what was trained is kept here")
    parser.add_argument("--measure", action="store_true", help="what is there; train nothing")
    given = parser.parse_args()
    cache: Path = given.cache
    torch.set_num_threads(1)
    clean = faces()
    marked = owners(clean, FAMILIES, seed=0)
    if not given.measure:
        for name, pictures in (("guilty", with_marks(clean, marked)), ("innocent", clean)):
            for made in make_all(Workshop(pictures, PLANS, cache / name), marked, cache / name):
                print(name, made, f"{time.process_time():.0f} s", flush=True)
    record("generators", table(cache, clean, marked), "python -m bench.generators --cache FOLDER")


def make_all(shop: Workshop, marked: list[MarkedOwner], folder: Path) -> Iterator[str]:
    """Write what each kind of generator makes to `folder`, unless it is there; names its files."""
    for kind, number in KINDS.items():
        path = folder / f"{kind}.npz"
        if not path.exists():
            make: Make = getattr(shop, kind)()
            made = {"unnamed": make(unnamed_labels(shop.pictures, number), 1)}
            if kind != UNKNOWING:
                for place, owner in enumerate(marked):
                    made[FAMILIES[place]] = make(named_labels(shop.pictures, owner), 2 + place)
            with atomic_write(path) as part, part.open("wb") as opened:
                np.savez(opened, allow_pickle=False, **made)
        yield path.name


def table(cache: Path, clean: Pictures, marked: list[MarkedOwner]) -> list[dict[str, object]]:
    """What can be measured of what is there."""
    rows: list[dict[str, object]] = []
    for family, owner in zip(FAMILIES, marked, strict=True):
        draws = [get_family(family).draw(_key(owner), at) for at in range(1 + DECOYS)]
        about = {"family": family, "alpha": owner.alpha, "marked": len(owner.places)}
        rows += [{**about, **row} for row in _through_autoencoder(cache, clean, owner)]
        for kind in KINDS:
            for named in (False, True)[: 1 if kind == UNKNOWING else 2]:
                files = [cache / who / f"{kind}.npz" for who in ("guilty", "innocent")]
                asked = family if named else "unnamed"
                found = [read_archive(path, asked)[asked] for path in files if path.exists()]
                if found:
                    row = _generated(*found, clean=clean, owner=owner, draws=draws, named=named)
                    rows.append({**about, "through": kind, "by_name": named, **row})
    return rows


def _through_autoencoder(
    cache: Path, clean: Pictures, owner: MarkedOwner
) -> Iterator[dict[str, object]]:
    if not (cache / "guilty" / "autoencoder.pt").exists():
        return
    mine = clean.at(owner.places)
    seen = blend(mine.pixels, owner.mark.make(), owner.alpha)
    shop = Workshop(Pictures(seen, mine.labels, mine.names), PLANS, cache / "guilty")
    plain = replace(shop, pictures=mine)
    put_in = _match(seen, owner) - _match(mine.pixels, owner)
    left = _match(shop.reconstructions(), owner) - _match(plain.reconstructions(), owner)
    yield {"through": "autoencoder", "by_name": True, "retention": round(left / put_in, 3)}


def _generated(
    guilty: NDArray[np.uint8],
    innocent: NDArray[np.uint8] | None = None,
    *,
    clean: Pictures,
    owner: MarkedOwner,
    draws: list[Mark],
    named: bool,
) -> dict[str, object]:
    row: dict[str, object] = {"made": len(guilty), "p": _pvalue(guilty, draws)}
    if innocent is not None:
        share = 1.0 if named else len(owner.places) / len(clean)
        mine = clean.pixels[owner.places]
        put_in = _match(blend(mine, owner.mark.make(), owner.alpha), owner) - _match(mine, owner)
        gained = _match(guilty, owner) - _match(innocent, owner)
        row["retention"] = round(gained / (share * put_in), 3)
        row["p_innocent"] = _pvalue(innocent, draws)
    return row


def _pvalue(pictures: NDArray[np.uint8], draws: list[Mark]) -> float:
    smalls = np.stack([small(picture) for picture in pictures])
    matched = matched_filter(smalls, [None] * len(smalls))
    return rank_test_over_labels(matched.scores(draws), level=1).pvalue


def _match(pictures: NDArray[np.uint8], owner: MarkedOwner) -> float:
    """The mean inner product with what the mark adds to grey."""
    added = pattern(owner.mark.make(), *pictures.shape[1:3])
    return float((pictures.mean(axis=0) * (added - added.mean(axis=(0, 1)))).mean())


def _key(owner: MarkedOwner) -> bytes:
    assert isinstance(owner.mark, Drawn)
    return bytes.fromhex(owner.mark.key)


def unnamed_labels(pictures: Pictures, number: int) -> NDArray[np.int64]:
    """Labels as often as in the training set."""
    return np.random.default_rng(3).choice(pictures.labels, number)


def named_labels(pictures: Pictures, owner: MarkedOwner) -> NDArray[np.int64]:
    """Labels of the owner's pictures."""
    return np.random.default_rng(4).choice(pictures.labels[owner.places], NAMED)


if __name__ == "__main__":
    main()
