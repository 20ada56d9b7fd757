"""The optimiser that a recipe names, and its learning-rate schedule."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from isotopes.lab.train.recipe import Recipe


def optimiser_of(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Adam, or SGD with Nesterov momentum, over all parameters of the network."""
    parameters = network.parameters()
    if recipe.optimiser == "adam":
        return torch.optim.Adam(
            parameters, recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
        )
    return torch.optim.SGD(
        parameters,
        recipe.learning_rate,
        momentum=0.9,
        nesterov=True,
        weight_decay=recipe.weight_decay,
        fused=True,
    )


def learning_rate_schedule(recipe: Recipe, steps: int) -> Callable[[int], float]:
    """The learning rate at each step, as a fraction of the highest."""
    if recipe.warmup is None:
        return lambda step: 1.0
    peak, last = recipe.warmup * steps, recipe.epochs * steps

    def fraction(step: int) -> float:
        return float(np.interp(step, [0, peak, last], [0.05, 1, 0]))

    return fraction
