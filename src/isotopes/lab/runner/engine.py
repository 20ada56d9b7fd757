"""Where the lab's jobs run: one of `isotopes.engines`, with torch and the user's file set up.

On a cluster the store, the image sets and a file of the user's must lie where all machines see
them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from isotopes import engines
from isotopes.engines import Engine, EngineExecutor
from isotopes.lab.folders import CACHE, CURVES, DATA
from isotopes.lab.runner.extension import load_extension

# On a cluster workers come and go. On one machine a worker is killed when memory is short, and to
# train beside the same neighbours again would end the same way.
RETRIES: Mapping[Engine, int] = {"local": 0, "ray": 3}

__all__ = ["Engine", "open_engine"]


def open_engine(
    name: Engine, workers: int, extension: Path | None = None
) -> AbstractContextManager[EngineExecutor]:
    """The engine of that name.

    Args:
        workers: jobs at a time; each trains with its share of the cores.
        extension: a file of the user's that the jobs need too.

    Raises:
        IsotopesError: Ray is wanted and not installed.
    """
    prepare = partial(_prepare, _settings(), extension)
    return engines.open_engine(name, workers, prepare, retries=RETRIES[name])


def _settings() -> dict[str, str]:
    """Where everything lies, as absolute paths."""
    return {
        name: str(Path(os.environ[name]).absolute())
        for name in (DATA, CACHE, CURVES)
        if name in os.environ
    }


def _prepare(settings: dict[str, str], extension: Path | None, threads: int) -> None:
    import torch

    os.environ.update(settings)
    torch.set_num_threads(threads)
    if extension is not None:
        load_extension(extension)
