"""An ensemble of networks."""

from __future__ import annotations

import torch
from torch import nn


class Ensemble(nn.Module):
    """Logits whose softmax is the mean of the members' softmax."""

    def __init__(self, members: list[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        answers = torch.stack([member(inputs).log_softmax(dim=1) for member in self.members])
        return answers.logsumexp(dim=0)
