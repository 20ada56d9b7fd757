"""Which generators the experiments train: one place, so that they share them."""

from __future__ import annotations

from isotopes.lab.generators.fine_tuned_model import FineTunedModel
from isotopes.lab.generators.generator_model import GeneratorModel, Kind
from isotopes.lab.generators.owners import PSNR, WARP, KeyedChange, marking
from isotopes.lab.generators.picture_sets import people_apart, picture_set
from isotopes.lab.generators.sizes import SIDE, SIZES, WAYS
from isotopes.lab.tasks.task import Scale

KINDS: tuple[Kind, ...] = ("autoencoder", "pixel_flow", "latent_flow")
FAMILIES = ("tints", "gratings", "dead_leaves")
EACH = 2  # owners of each family; and one who warps pictures instead
# People whom no generator learns from: it can be fine-tuned on their pictures later.
APART, FEWEST, MOST = 12, 20, 50


def fine_tuned_people() -> tuple[int, ...]:
    """Labels of the people that generators can be fine-tuned on."""
    return people_apart(APART, FEWEST, MOST)


def guilty_generator(
    kind: Kind, pictures: str, scale: Scale, seed: int, psnr: float = PSNR
) -> GeneratorModel:
    """A generator of pictures of which seven tenths are marked, each tenth by another owner."""
    without = fine_tuned_people() if pictures == "faces" else ()
    families = [name for name in FAMILIES for _ in range(EACH)] + [WARP]
    markings = tuple(
        marking(family, pictures, seed, place, psnr=psnr) for place, family in enumerate(families)
    )
    return GeneratorModel(kind, picture_set(pictures, SIDE, without), SIZES[scale], seed, markings)


def fine_tuned(
    way: str, scale: Scale, seed: int, marked: KeyedChange | None, person: int
) -> FineTunedModel:
    """A fine-tune of a generator of faces that saw neither the person nor any mark.

    Args:
        way: one of `WAYS`.
        person: which of the people whom no generator learns from, from 0.
    """
    base = guilty_generator("pixel_flow", "faces", scale, seed).innocent
    rank, plan = WAYS[way]
    return FineTunedModel(base, rank, fine_tuned_people()[person], plan, seed, marked)
