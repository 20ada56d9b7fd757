"""Where a benchmark's figures go: to the screen and to docs/results/NAME.json."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from PIL import features

from isotopes.processes import cores
from isotopes.versions import installed_versions

RESULTS = Path(__file__).parents[1] / "docs" / "results"
PACKAGES = (
    "numpy",
    "scipy",
    "pillow",
    "opencv-python-headless",
    "onnxruntime",
    "scikit-learn",
    "torch",
)


def record(name: str, rows: Sequence[Mapping[str, object]], command: str) -> Path:
    """Print `rows` and write them, with what they were measured on, as JSON.

    Args:
        name: of the benchmark; the file is docs/results/NAME.json.
        rows: one mapping per figure, with its spread and number of runs; columns may differ.
        command: what to type to measure again.

    Returns:
        The file written.
    """
    path = RESULTS / f"{name}.json"
    result = {
        "name": name,
        "command": command,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": machine(),
        "versions": versions(),
        "rows": [dict(row) for row in rows],
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    _print_rows(name, rows)
    return path


def machine() -> dict[str, object]:
    """The processor, the cores that this process may use, memory in GiB and the system."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
    }


def versions() -> dict[str, str]:
    """Python, the libraries that the figures depend on, and Pillow's JPEG codec."""
    found = installed_versions(*PACKAGES)
    return {**found, "libjpeg-turbo": str(features.version("libjpeg_turbo"))}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _commit() -> str | None:
    command = ["git", "-C", str(RESULTS.parents[1]), "rev-parse", "--short", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _print_rows(name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """One line for each figure: a table of their many columns fits no terminal."""
    for row in rows:
        print(f"{name}: " + ", ".join(f"{column} {value}" for column, value in row.items()))
