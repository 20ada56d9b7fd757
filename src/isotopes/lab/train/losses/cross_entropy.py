"""Cross-entropy: the loss of most of the paper's tasks (table 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from isotopes.lab.train.losses.loss import Criterion, Loss

if TYPE_CHECKING:
    import torch
    from torch import nn


class CrossEntropy(Loss):
    name: ClassVar[str] = "cross_entropy"
    summary: ClassVar[str] = "cross-entropy, with label smoothing if the recipe says so"

    def of(self, network: nn.Module, smoothing: float) -> Criterion:
        from torch.nn import functional

        def criterion(given: torch.Tensor, labels: torch.Tensor, _step: int) -> torch.Tensor:
            return functional.cross_entropy(network(given), labels, label_smoothing=smoothing)

        return criterion
