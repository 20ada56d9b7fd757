"""Two local processes and Ray with two, in short turns: what does Ray cost?

Each turn starts both engines anew, one after the other, and pairs their figures. Wall times need an
idle machine; what the processor spent on a picture hardly depends on other work.
`python -m bench.scale engines --pictures 600 --turns 6 --folder F`
"""

from __future__ import annotations

import os
import statistics
from functools import partial
from pathlib import Path

from bench.scale.collections import write_shards
from bench.scale.kept import workplace
from bench.scale.marking import mark_once
from isotopes.engines import ENGINES
from isotopes.vault import Vault

WORKERS = 2


def measure(pictures: int, turns: int, folder: Path | None) -> list[dict[str, object]]:
    """One row: Ray's figures over those of local processes, turn by turn."""
    load = os.getloadavg()[0]
    runs = []
    with workplace(folder) as (place, kept):
        shards = partial(write_shards, place / "in", pictures, max(1, pictures // 24))
        kept.part(f"{pictures} pictures", shards)
        if not Vault.exists(place / "vault.sqlite"):
            Vault.create(place / "vault.sqlite").close()
        with Vault.open(place / "vault.sqlite") as vault:
            for turn in range(turns):
                order = ENGINES if turn % 2 == 0 else ENGINES[::-1]
                runs.append(
                    {
                        engine: kept.part(
                            f"{engine}, turn {turn}",
                            partial(mark_once, place, vault, engine, WORKERS),
                        )
                        for engine in order
                    }
                )
    speeds = sorted(run["local"]["seconds"] / run["ray"]["seconds"] for run in runs)
    costs = sorted(run["ray"]["cpu_ms"] / run["local"]["cpu_ms"] for run in runs)
    return [
        {
            "measure": "Ray beside local processes",
            "pictures": pictures,
            "turns": turns,
            "speed": round(statistics.median(speeds), 3),
            "speeds": [round(one, 3) for one in speeds],
            "processor": round(statistics.median(costs), 3),
            "processors": [round(one, 3) for one in costs],
            "idle_cores_local": statistics.median(run["local"]["idle_cores"] for run in runs),
            "idle_cores_ray": statistics.median(run["ray"]["idle_cores"] for run in runs),
            "same_bytes": len({run[one]["bytes"] for run in runs for one in ENGINES}) == 1,
            "load_before": round(load, 1),
            "load_after": round(os.getloadavg()[0], 1),
            "goal": "a speed of at least 0.95, the same bytes",
        }
    ]
