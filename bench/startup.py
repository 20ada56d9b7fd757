"""How long until the command line answers? `python -m bench.startup [TURNS]`

Each way is a new process. Ways take turns; `over typer` is the median of the differences to
``import typer`` within each turn.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from bench.record import record

WAYS = {
    "import typer": ("-c", "import typer"),
    "isotopes --version": ("-m", "isotopes", "--version"),
    "isotopes --help": ("-m", "isotopes", "--help"),
    "isotopes check --help": ("-m", "isotopes", "check", "--help"),
    "isotopes mark --help": ("-m", "isotopes", "mark", "--help"),
    "import isotopes": ("-c", "import isotopes"),
    "nothing": ("-c", "pass"),
}


def main() -> None:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    for way in WAYS:  # once, for the disk's cache and compiled files
        measure(way)
    times = [{way: measure(way) for way in WAYS} for _ in range(turns)]
    rows = [
        {
            "way": way,
            "seconds": round(statistics.median(turn[way] for turn in times), 3),
            "over typer": round(
                statistics.median(turn[way] - turn["import typer"] for turn in times), 3
            ),
            "turns": turns,
        }
        for way in WAYS
    ]
    record("startup", rows, f"python -m bench.startup {turns}")


def measure(way: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *WAYS[way]], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
