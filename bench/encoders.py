"""What does `isotopes check` say of the lab's encoders? `python -m bench.encoders`

The lab computes the scores of encoders itself, for many marks at once. Here the product is asked:
the check at its defaults (two stages, level 0.01, 48 own pictures and 16 others) of the encoders of
faces that the experiment `encoders` trains, guilty and innocent, three seeds, for each of six
owners. Encoders that are not in the lab's cache are trained first, a quarter of an hour each.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from bench.record import record
from isotopes.canonical import digest_file, digest_of
from isotopes.lab.encoders.conditions import guilty_encoder
from isotopes.lab.encoders.contrastive import Encoder
from isotopes.lab.encoders.encoder_model import EncoderModel, embed
from isotopes.lab.folders import cache_folder
from isotopes.lab.generators.owners import Contributor, strength_for
from isotopes.lab.models.mark_spec import Drawn
from isotopes.lab.runner.store import Store, identity
from isotopes.lab.tasks import TaskSetting, probe_pictures
from isotopes.lab.train.recipe import RECIPES
from isotopes.marks import get_family
from isotopes.targets import Picture, Scores, Target
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.local.embeddings.numbers import embedding_scores
from isotopes.vault import Isotope, new_isotope
from isotopes.vault.storage.stored import FileEntry
from isotopes.verify import Verdict
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.checking.own_pictures import Original, OwnPictures
from isotopes.workflows.checking.run import check_model

SEEDS, PICTURES, OTHERS = (0, 1, 2), "faces", 400


class LabEncoder(Target):
    """An encoder of the lab, asked as any other."""

    batch_size = 256
    embeds = True

    def __init__(self, described: EncoderModel, encoder: Encoder) -> None:
        self._described = described
        self._encoder = encoder

    @property
    def name(self) -> str:
        return "guilty" if self._described.markings else "innocent"

    def identity(self) -> str:
        return digest_of(["encoder of the lab", identity(self._described)])

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        return embedding_scores(self.name, embed(self._encoder, np.stack(pictures)))


def main() -> None:
    torch.set_num_threads(1)
    store = Store(cache_folder())
    rows: dict[tuple[str, str], list[Verdict]] = {}
    for seed in SEEDS:
        for family, verdict in verdicts_of(store, seed):
            rows.setdefault((family, verdict.target), []).append(verdict)
    record(
        "encoders",
        [summed_up(*of, found) for of, found in rows.items()],
        "python -m bench.encoders",
    )


def summed_up(family: str, target: str, found: Sequence[Verdict]) -> dict[str, object]:
    """How many marks of a family were detected in encoders of a kind, and what that took."""
    queries = [one.queries for one in found]
    return {
        "family": family,
        "encoder": target,
        "checks": len(found),
        "detected": sum(one.verdict.value == "detected" for one in found),
        "pvalues": sorted(round(one.pvalue or 1, 4) for one in found),
        "queries_in_the_middle": float(np.median(queries)),
        "most_queries": max(queries),
    }


def verdicts_of(store: Store, seed: int) -> Iterator[tuple[str, Verdict]]:
    """Each owner's check of the guilty encoder of a seed, and of its innocent twin."""
    guilty = guilty_encoder(PICTURES, "desk", seed)
    clean = guilty.pictures.open()
    setting = TaskSetting(None, None, clean.pixels.shape[1:3], "compact", RECIPES["desk"])
    others = probe_pictures(PICTURES, setting, 0, OTHERS).pixels
    probes = [(f"others/{at:04}.png", picture) for at, picture in enumerate(others)]
    for described in (guilty, guilty.innocent):
        if not store.has(described):
            store.train(described)
        target = LabEncoder(described, store.load(described))
        for owner in guilty.owners(clean):
            with tempfile.TemporaryDirectory() as folder:
                own = kept(clean.pixels[owner.places], Path(folder))
                mark = isotope_of(owner, clean.pixels[owner.places])
                yield owner.marking.family, check_model(mark, target, probes, own=own)


def isotope_of(owner: Contributor, pixels: Picture) -> Isotope:
    """The isotope of the mark that an owner's pictures had."""
    mark = owner.marking.mark
    assert isinstance(mark, Drawn)
    made = new_isotope(
        "mine",
        get_family(mark.family),
        strength_for(pixels, mark, owner.marking.psnr),
        plan=committed_terms(),
        root=bytes.fromhex(mark.key),
    )
    height, width = pixels.shape[1:3]
    learned, tested = (one.render(height, width) for one in (mark.make(), made.mark()))
    np.testing.assert_array_equal(tested.pixels, learned.pixels)
    return made


def kept(pixels: Picture, folder: Path) -> OwnPictures:
    """An owner's originals as files, as the vault would have recorded them."""
    found = []
    for at, picture in enumerate(pixels):
        path = folder / f"{at:04}.png"
        Image.fromarray(picture).save(path)
        digest = digest_file(path)
        found.append(Original(path, FileEntry(path.name, digest, digest, marked=True)))
    return OwnPictures(tuple(found))


if __name__ == "__main__":
    main()
