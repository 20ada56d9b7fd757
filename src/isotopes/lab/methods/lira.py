"""Membership inference with shadow models: the offline likelihood ratio attack.

Own code: adversarial-robustness-toolbox (1.20.1) trains an attack model on shadow models' answers
(Shokri et al. 2017) and has no likelihood ratio; privacy-meter was last released on PyPI in 2023
(1.0.1), tensorflow-privacy, which wants TensorFlow, in 2024. The shadow models come from the bank.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.methods.confidence import mirrored_log_odds
from isotopes.lab.methods.loss_threshold import LossThreshold
from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene


class Lira(AuditMethod):
    name: ClassVar[str] = "LiRA"
    summary: ClassVar[str] = "pictures as they are; likelihood ratio against shadow models, offline"
    source: ClassVar[str] = "Carlini et al. 2022"
    needs: ClassVar[Needs] = Needs(others_pictures=True)
    exact: ClassVar[bool] = False
    publishes: ClassVar[str | None] = LossThreshold.name

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        labels = np.full(len(owner.pixels), owner.label)
        found = mirrored_log_odds(asked.predict, owner.pixels, labels)
        shadows = scene.shadow_log_odds()[:, owner.indices]
        return AuditFinding(offline_score(found, shadows, scene.members[:, owner.indices]))


def offline_score(
    found: NDArray[np.float64], shadows: NDArray[np.float64], members: NDArray[np.bool_]
) -> float:
    """How much more confident is the model of the pictures than models that did not see them?

    Each picture's log-odds minus their mean over the shadow models that were not trained on it,
    divided by one standard deviation pooled over all pictures: with few shadow models, single
    pictures' own can't be estimated. The article scores a picture by the normal distribution's tail
    at this value; a person's pictures are scored by its mean, which is Stouffer's way to combine
    such tails.

    Args:
        found: log-odds, shape (pictures,).
        shadows: shape (shadows, pictures).
        members: what each shadow model was trained on, of the same shape. A picture that all of
            them saw is ignored.
    """
    out = np.where(members, np.nan, shadows)
    known = (~members).sum(axis=0) > 0
    if not known.any():
        return 0.0
    out = out[:, known]
    mean = np.nanmean(out, axis=0)
    deviation = np.sqrt(np.nanmean((out - mean) ** 2)) + 1e-6
    return float(((found[known] - mean) / deviation).mean())
