"""Radioactive data: pictures whose features are shifted in a secret direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from isotopes.lab.methods.features import FeaturesOf, classifier_of, move_features
from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene
from isotopes.lab.train.training import Model

RADIUS, STEPS = 10, 90
FEATURE_LENGTH, PICTURE_LENGTH = 0.01, 0.0005  # the released code's README


class Radioactive(AuditMethod):
    """Deviation: Adam, not SGD, as our networks' features have another scale; one label's p-value,
    as the person has pictures of one label only."""

    name: ClassVar[str] = "radioactive data"
    summary: ClassVar[str] = "features lean in a secret direction; does the label's weights' cosine"
    source: ClassVar[str] = "Sablayrolles et al. 2020"
    needs: ClassVar[Needs] = Needs(network=True, weights=True)
    exact: ClassVar[bool] = True

    def publish(
        self, owner: Owner, labels: int, surrogate: Callable[[], Model]
    ) -> tuple[NDArray[np.uint8], int]:
        del labels
        model = surrogate()
        direction = torch.from_numpy(direction_of(owner, model)).float()

        def objective(
            features: FeaturesOf, pictures: torch.Tensor, change: torch.Tensor
        ) -> torch.Tensor:
            with torch.no_grad():
                before = features(pictures)
            moved = features(pictures + change) - before
            lean = -(moved @ direction.to(moved.device)).sum()
            length = torch.linalg.vector_norm(moved, dim=1).sum()
            # The released code measures pictures on the network's scale, of about a quarter of 255.
            seen = (change / 64).square().sum()
            loss: torch.Tensor = lean + FEATURE_LENGTH * length + PICTURE_LENGTH * seen
            return loss

        change = move_features(
            model, owner.pixels, objective, radius=RADIUS, steps=STEPS, rng=owner.rng("change")
        )
        return np.clip(owner.pixels + change, 0, 255).astype(np.uint8), owner.label

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        marking = scene.surrogate()
        direction = direction_of(owner, marking)
        tested = asked.model
        # The tested network's features as a linear map of the marking network's: both are asked
        # about held-out pictures, and then its weights can be read in the marking space.
        pixels = scene.probes.pixels
        asked.queries += len(pixels)
        aligned, *_ = np.linalg.lstsq(
            FeaturesOf(marking).of(pixels), FeaturesOf(tested).of(pixels), rcond=None
        )
        weights = classifier_of(tested.network).weight[owner.label].detach().cpu().double().numpy()
        vector = aligned @ weights
        cosine = float(vector @ direction / max(float(np.linalg.norm(vector)), 1e-12))
        return AuditFinding(cosine, cosine_pvalue(cosine, len(direction)))


def direction_of(owner: Owner, model: Model) -> NDArray[np.float64]:
    """The owner's secret: a unit vector in the features of `model`, uniform on the sphere."""
    size = classifier_of(model.network).in_features
    drawn = owner.rng("direction").standard_normal(size)
    unit: NDArray[np.float64] = drawn / np.linalg.norm(drawn)
    return unit


def cosine_pvalue(cosine: float, dimensions: int) -> float:
    """The probability that a random direction has at least this cosine with any fixed vector.

    (1 + cosine) / 2 has a beta distribution with both parameters (dimensions - 1) / 2
    (Sablayrolles et al. 2020, section 3.4, by Iscen et al. 2017). Exact, because the direction is
    drawn independently of the model.
    """
    from scipy.stats import beta

    half = (dimensions - 1) / 2
    return float(beta.sf((1 + cosine) / 2, half, half))
