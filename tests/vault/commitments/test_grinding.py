"""A key that was ground on a network of one's own before the commitment: what a beacon is for.

The checked network is innocent: it saw no mark. It shares features with the network on which the
keys were ground, as networks do that learnt from the same kind of pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from isotopes.marks import get_family
from isotopes.seeds import KeyStream
from isotopes.stats.exact.rank import rank_test
from isotopes.vault.commitments.beacon import mix_beacon

SIDE = 8
GRATINGS = get_family("gratings")
LEVEL, DECOYS = 0.05, 19
GROUND, KEPT = 400, 20


@cache
def features() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much each pixel lifts the label on the attacker's network, and on the checked one."""
    rng = np.random.default_rng(20261127)
    own, other = rng.normal(size=(2, SIDE * SIDE * 3))
    return own, 0.8 * own + 0.6 * other


def score(network: NDArray[np.float64], key: bytes, draw: int) -> float:
    pixels = GRATINGS.draw(key, draw).render(SIDE, SIDE).rgb.reshape(-1)
    return float(network @ (pixels - 0.5))


def roots(seed: int) -> Iterator[bytes]:
    stream = KeyStream(seed.to_bytes(32, "big"))
    while True:
        yield stream.integers(0, 256, 32).astype(np.uint8).tobytes()


@cache
def ground_roots() -> list[bytes]:
    """Those roots whose mark lifts the label most on the attacker's network."""
    surrogate, _ = features()
    drawn = [root for root, _ in zip(roots(1), range(GROUND), strict=False)]
    return sorted(drawn, key=lambda root: -score(surrogate, root, 0))[:KEPT]


def accusations(keys: list[bytes]) -> int:
    """How many of these keys an exact test finds in the innocent network."""
    _, checked = features()
    found = 0
    for key in keys:
        decoys = [score(checked, key, draw) for draw in range(1, DECOYS + 1)]
        found += rank_test(score(checked, key, 0), decoys, level=LEVEL).significant
    return found


def chance_of_at_least(found: int, tried: int) -> float:
    """If each of them is found with a chance of the level, how likely are so many?"""
    return float(binom.sf(found - 1, tried, LEVEL))


def test_honest_keys_are_found_as_often_as_the_level_says() -> None:
    honest = [root for root, _ in zip(roots(2), range(KEPT), strict=False)]
    assert chance_of_at_least(accusations(honest), KEPT) > 0.01


def test_ground_keys_accuse_the_innocent() -> None:
    found = accusations(ground_roots())
    assert found > KEPT / 5
    assert chance_of_at_least(found, KEPT) < 1e-4


@pytest.mark.parametrize("round_", [1, 2])
def test_a_beacon_brings_ground_keys_back_to_the_level(round_: int) -> None:
    value = f"a value that nobody knew when the keys were ground, {round_}".encode()
    mixed = [mix_beacon(root, value) for root in ground_roots()]
    assert chance_of_at_least(accusations(mixed), KEPT) > 0.01
