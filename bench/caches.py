"""What does a look into the cache of rendered marks cost? `python -m bench.caches`

    cachetools   `render_cached`, whose cache has a limit in bytes
    functools    `lru_cache`, which can only count renderings
    uncached     `mark.render`, which a hit saves

Ways take turns; times are medians of the turns.
"""

from __future__ import annotations

import statistics
import timeit
from functools import lru_cache

from bench.record import record
from isotopes.marks import Mark, Rendered, get_family, render_cached

TURNS, HITS, RENDERINGS = 11, 2000, 20


def main() -> None:
    mark = get_family("gratings").draw(bytes(32), 0)
    record("caches", [measure(mark, side) for side in (32, 224)], "python -m bench.caches")


def measure(mark: Mark, side: int) -> dict[str, object]:
    """Microseconds a call, by way."""

    @lru_cache
    def counted(mark: Mark, height: int, width: int) -> Rendered:
        return mark.render(height, width)

    ways = {
        "cachetools": (lambda: render_cached(mark, side, side), HITS),
        "functools": (lambda: counted(mark, side, side), HITS),
        "uncached": (lambda: mark.render(side, side), RENDERINGS),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, (way, calls) in ways.items():
            times[name].append(timeit.timeit(way, number=calls) / calls * 1e6)
    medians = {name: round(statistics.median(took), 2) for name, took in times.items()}
    return {"size": f"{side} x {side}", "unit": "us", "turns": TURNS, **medians}


if __name__ == "__main__":
    main()
