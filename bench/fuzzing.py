"""What the benchmarks share that damage inputs and look at how each ends."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping

Try = Callable[[], str]  # damages one input and says how reading it ended


def tally(kinds: Mapping[str, Try], count: int, right: str, seed: int) -> list[dict[str, object]]:
    """Try `count` inputs, of all kinds in turn; a row for each kind.

    Args:
        right: how a good end is called, besides "refused"; any other is wrong.
        seed: what the damage was drawn from, for the row.
    """
    outcomes: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
    slowest = dict.fromkeys(kinds, 0.0)
    for number in range(count):
        kind = list(kinds)[number % len(kinds)]
        start = time.perf_counter()
        outcomes[kind][kinds[kind]()] += 1
        slowest[kind] = max(slowest[kind], time.perf_counter() - start)
    return [
        {
            "measure": kind,
            "cases": sum(found.values()),
            right: found.pop(right, 0),
            "refused_in_one_line": found.pop("refused", 0),
            "wrong": dict(found),
            "slowest_seconds": round(slowest[kind], 1),
            "seed": seed,
        }
        for kind, found in outcomes.items()
    ]
