"""Where jobs run: processes of this machine, or a Ray cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal

from isotopes.lab.runner.extension import load_extension
from isotopes.lab.runner.ray_engine import ray_engine
from isotopes.processes import end_with_parent

Engine = Literal["local", "ray"]


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def open_engine(
    name: Engine, workers: int, extension: Path | None = None
) -> AbstractContextManager[Executor]:
    """The engine of that name.

    Args:
        workers: jobs at a time.
        extension: a file of the user's that the jobs need too.

    Raises:
        IsotopesError: Ray is wanted and not installed.
    """
    return {"local": local_engine, "ray": ray_engine}[name](workers, extension)


@contextmanager
def local_engine(workers: int, extension: Path | None = None) -> Iterator[Executor]:
    """Processes that share this machine's cores; waiting jobs are dropped when it closes.

    Args:
        workers: how many; each trains with its share of the cores.
        extension: a file of the user's that the workers need too.
    """
    # spawn: torch's threads don't survive a fork.
    context = multiprocessing.get_context("spawn")
    threads = max(1, cores() // workers)
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start_worker, initargs=(threads, extension)
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker(threads: int, extension: Path | None) -> None:
    end_with_parent()  # first: the rest takes seconds
    import torch

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once, without a traceback
    torch.set_num_threads(threads)
    os.nice(5)  # leave the machine usable while jobs run
    if extension is not None:
        load_extension(extension)
