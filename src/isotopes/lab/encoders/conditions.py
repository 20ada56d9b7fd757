"""Which encoders the experiment trains."""

from __future__ import annotations

from isotopes.lab.encoders.encoder_model import EncoderModel
from isotopes.lab.generators.conditions import EACH, FAMILIES
from isotopes.lab.generators.fitting import FitPlan
from isotopes.lab.generators.owners import PSNR, marking
from isotopes.lab.generators.picture_sets import picture_set
from isotopes.lab.generators.sizes import SIDE
from isotopes.lab.tasks.task import Scale

PLANS: dict[Scale, FitPlan] = {
    "desk": FitPlan(3000, 96, 2e-3),
    "paper": FitPlan(30_000, 512, 1e-3),
}
NETWORKS: dict[Scale, tuple[str, int]] = {
    "desk": ("compact", 64),
    "paper": ("resnet18", 128),
}


def guilty_encoder(pictures: str, scale: Scale, seed: int, psnr: float = PSNR) -> EncoderModel:
    """An encoder of pictures of which six tenths are marked, each tenth by another owner."""
    markings = tuple(
        marking(family, "encoder", pictures, seed, place, psnr=psnr)
        for place, family in enumerate(name for name in FAMILIES for _ in range(EACH))
    )
    architecture, numbers = NETWORKS[scale]
    return EncoderModel(
        picture_set(pictures, SIDE), architecture, numbers, PLANS[scale], seed, markings
    )
