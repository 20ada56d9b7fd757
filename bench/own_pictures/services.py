"""What services do to answers about own pictures, of arrays: `compare.py` judges by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from isotopes.stats.scores.statistic import Values
from isotopes.targets.granularity import add_logit_noise, keep_top, soften

Service = Callable[[Values, np.random.Generator], Values]


def as_they_are(answers: Values, rng: np.random.Generator) -> Values:
    """All probabilities, shape (draws, pictures, labels) as for every service here."""
    del rng
    return answers


def softer(temperature: float, decimals: int | None = None) -> Service:
    """A softmax at a temperature, rounded or not."""

    def service(answers: Values, rng: np.random.Generator) -> Values:
        del rng
        softened = soften(answers, temperature)
        return softened if decimals is None else np.round(softened, decimals)

    return service


def rounded(decimals: int) -> Service:
    """Every probability rounded."""
    return lambda answers, rng: np.round(answers, decimals)


def best_only(labels: int) -> Service:
    """Only the best labels are shown."""

    def service(answers: Values, rng: np.random.Generator) -> Values:
        del rng
        return keep_top(answers.reshape(-1, answers.shape[-1]), labels).reshape(answers.shape)

    return service


def noisy(deviation: float, asks: int = 1) -> Service:
    """Gaussian noise on the logits, drawn anew for each query; the mean of so many asks."""

    def service(answers: Values, rng: np.random.Generator) -> Values:
        flat = answers.reshape(-1, answers.shape[-1])
        found = np.zeros_like(flat)
        for _ in range(asks):
            found += add_logit_noise(flat, rng.normal(0, deviation, flat.shape)) / asks
        return found.reshape(answers.shape)

    return service


SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        "as they are": as_they_are,
        "temperature 2": softer(2),
        "temperature 10": softer(10),
        "temperature 3, two decimals": softer(3, 2),
        "temperature 10, two decimals": softer(10, 2),
        "two decimals": rounded(2),
        "one decimal": rounded(1),
        "best five": best_only(5),
        "best label": best_only(1),
        "noise 1": noisy(1),
        "noise 2": noisy(2),
        "noise 8": noisy(8),
    }
)
NOISES: Mapping[str, Service] = MappingProxyType(
    {
        f"noise {deviation:g}" + f", {asks} asks averaged" * (asks > 1): noisy(deviation, asks)
        for deviation in (1, 2, 8)
        for asks in (1, 8)
    }
)
