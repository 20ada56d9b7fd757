"""Focal loss (Lin et al. 2017, equation 4): the paper's loss for FaceScrub (table 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.train.losses.loss import Criterion, Loss, refuse_smoothing

if TYPE_CHECKING:
    import torch
    from torch import nn

GAMMA = 2.0


class Focal(Loss):
    name: ClassVar[str] = "focal"
    summary: ClassVar[str] = "focal loss, gamma 2: pictures that are learned count for little"

    def of(self, network: nn.Module, smoothing: float) -> Criterion:
        refuse_smoothing(self.name, smoothing)

        def criterion(given: torch.Tensor, labels: torch.Tensor, _step: int) -> torch.Tensor:
            return focal_loss(network(given), labels)

        return criterion


def focal_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean of -(1 - q)^gamma log q, where q is the probability of a picture's true label.

    Args:
        logits: shape (n, labels).
        labels: int64, shape (n,).
    """
    from torch.nn import functional

    surprise = functional.cross_entropy(logits.float(), labels, reduction="none")  # -log q
    return ((1 - (-surprise).exp()) ** GAMMA * surprise).mean()
