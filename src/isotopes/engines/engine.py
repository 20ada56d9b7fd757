"""One way to run jobs on many cores: an executor of local processes, or of a Ray cluster.

Jobs are functions and arguments that can be pickled. An error that a job raises reaches the
caller. A job whose worker is lost fails with `WorkerLost`, after as many retries as the caller
allows. So it must be safe to run a job twice.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Literal, get_args

from isotopes.engines.executor import EngineExecutor

Engine = Literal["local", "ray"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
# Runs in a worker before its jobs, and may run before each of them; it gets the number of cores
# that one job may use.
Prepare = Callable[[int], object]


def open_engine(
    name: Engine,
    workers: int | None,
    prepare: Prepare | None = None,
    *,
    address: str | None = None,
    retries: int = 0,
) -> AbstractContextManager[EngineExecutor]:
    """The engine of that name, as a context manager; leaving it ends the jobs that still run.

    Args:
        workers: jobs at a time; None for one on each core.
        prepare: called in each worker; can be pickled.
        address: of the Ray cluster, as in ``head:6379``; None for the one that Ray finds
            (RAY_ADDRESS), or one on this machine.
        retries: how often a job whose worker is lost is run again.

    Raises:
        IsotopesError: `name` is "ray" and Ray is not installed, or the cluster can't be reached.
    """
    if name == "ray":
        from isotopes.engines.ray_cluster import ray_engine

        return ray_engine(workers, prepare, address=address, retries=retries)
    from isotopes.engines.local import local_engine

    return local_engine(workers, prepare, retries=retries)
