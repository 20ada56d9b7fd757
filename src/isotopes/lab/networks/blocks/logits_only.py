"""A classifier of `transformers` as a plain network."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class LogitsOnly(nn.Module):
    """Only the logits of a classifier that returns more."""

    def __init__(self, classifier: Any) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.classifier(pixel_values=inputs).logits
        return logits
