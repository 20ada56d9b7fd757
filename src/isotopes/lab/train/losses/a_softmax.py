"""A-Softmax, the angular loss of SphereFace (Liu et al. 2017): the paper's for PubFig (table 7)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from isotopes.errors import IsotopesError
from isotopes.lab.train.losses.loss import Criterion, Loss, refuse_smoothing

if TYPE_CHECKING:
    import torch
    from torch import nn

MARGIN = 4
STRONGEST, WEAKEST, PACE = 5.0, 1500.0, 0.1  # lambda falls from WEAKEST to STRONGEST


class ASoftmax(Loss):
    name: ClassVar[str] = "a_softmax"
    summary: ClassVar[str] = "angular margin 4, phased in; for networks that end in angles"

    def of(self, network: nn.Module, smoothing: float) -> Criterion:
        import torch
        from torch import nn
        from torch.nn import functional

        refuse_smoothing(self.name, smoothing)
        features, angles = getattr(network, "features", None), getattr(network, "angles", None)
        if not isinstance(features, nn.Module) or not isinstance(angles, nn.Module):
            raise IsotopesError(
                "the loss a_softmax needs a network that ends in angles, such as sphereface20"
            )

        def criterion(given: torch.Tensor, labels: torch.Tensor, step: int) -> torch.Tensor:
            found = features(given)
            # Angles near 0 are lost in bfloat16.
            with torch.autocast(found.device.type, enabled=False):
                logits = angles(found.float())
                lengths = found.float().norm(dim=1)
                return functional.cross_entropy(
                    with_margin(logits, lengths, labels, margin_share(step)), labels
                )

        return criterion


def margin_share(step: int) -> float:
    """1 / (1 + lambda), how much of the margin counts at a step; as in SphereFace's code."""
    return 1 / (1 + max(STRONGEST, WEAKEST / (1 + PACE * (step + 1))))


def with_margin(
    logits: torch.Tensor, lengths: torch.Tensor, labels: torch.Tensor, share: float
) -> torch.Tensor:
    """The logits of the true labels moved towards |x| psi(theta) (the article's equation 8).

    psi(theta) = (-1)^k cos(m theta) - 2k where theta is in [k pi / m, (k + 1) pi / m].

    Args:
        logits: |x| cos(theta), shape (n, labels).
        lengths: |x|, shape (n,).
        labels: int64, shape (n,).
        share: weight of psi; the rest is cos(theta).
    """
    import torch

    own = labels.unsqueeze(1)
    cosine = (logits.gather(1, own) / lengths.unsqueeze(1).clamp_min(1e-12)).clamp(-1, 1)
    multiple = 8 * cosine**4 - 8 * cosine**2 + 1  # cos(4 theta)
    bend = torch.floor(MARGIN * torch.acos(cosine.detach()) / math.pi).clamp_max(MARGIN - 1)
    psi = (1 - 2 * (bend % 2)) * multiple - 2 * bend
    moved = (1 - share) * cosine + share * psi
    return logits.scatter(1, own, moved * lengths.unsqueeze(1))
