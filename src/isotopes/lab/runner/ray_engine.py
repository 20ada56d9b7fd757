"""Jobs on a Ray cluster, or on Ray on this machine; the results are the same as with processes.

The store, the image sets and a file of the user's must lie where all machines see them.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from isotopes.errors import IsotopesError
from isotopes.extras import how_to_install
from isotopes.lab.folders import CACHE, CURVES, DATA
from isotopes.lab.runner.extension import load_extension

RETRIES = 3  # if the worker or machine is lost; an exception of the job itself is final

T = TypeVar("T")


@contextmanager
def ray_engine(workers: int, extension: Path | None = None) -> Iterator[Executor]:
    """A Ray cluster, found as Ray finds it (RAY_ADDRESS), or else started here.

    Args:
        workers: jobs at a time. Each gets its share of the processors and, if there are GPUs,
            one of them or a share of one.
        extension: a file of the user's that the jobs need too.

    Raises:
        IsotopesError: Ray is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise IsotopesError(
            f"the engine 'ray' needs Ray: {error}", hint=how_to_install("ray")
        ) from error
    begun = not ray.is_initialized()
    if begun:
        ray.init(include_dashboard=False, log_to_driver=False, configure_logging=False)
    executor = _RayExecutor(ray, workers, extension)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)
        if begun:
            ray.shutdown()


class _RayExecutor(Executor):
    def __init__(self, ray: Any, workers: int, extension: Path | None) -> None:
        processors, graphics = job_resources(ray.cluster_resources(), workers)
        self._ray = ray
        self._setup = (_settings(), extension, processors)
        self._remote = ray.remote(_carry_out).options(
            num_cpus=processors, num_gpus=graphics, max_retries=RETRIES
        )
        self._waiting: set[Any] = set()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        answer: Future[T] = Future()
        try:
            # Pickled here: the worker has to load the user's file before it can read the job.
            job = pickle.dumps((fn, args, kwargs))
        except Exception as error:  # noqa: BLE001 - as an executor of processes answers it
            answer.set_exception(error)
            return answer
        reference = self._remote.remote(*self._setup, job)
        self._waiting.add(reference)

        def finish(found: Future[Any]) -> None:
            self._waiting.discard(reference)
            error = found.exception()
            if error is None:
                answer.set_result(found.result())
            else:  # Ray wraps what a job raised, with a traceback in its message
                answer.set_exception(getattr(error, "cause", None) or error)

        reference.future().add_done_callback(finish)
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        for reference in list(self._waiting):
            self._ray.cancel(reference, force=True)


def job_resources(resources: dict[str, float], workers: int) -> tuple[int, float]:
    """Processors and GPUs for each of this many jobs at a time.

    No job uses two GPUs. With more jobs than GPUs, jobs share them evenly.
    """
    processors = max(1, int(resources.get("CPU", 1)) // workers)
    graphics = int(resources.get("GPU", 0))
    return processors, 1 / -(-workers // graphics) if graphics else 0.0


def _settings() -> dict[str, str]:
    """All folders, as absolute paths."""
    return {
        name: str(Path(os.environ[name]).absolute())
        for name in (DATA, CACHE, CURVES)
        if name in os.environ
    }


def _carry_out(settings: dict[str, str], extension: Path | None, threads: int, job: bytes) -> Any:
    """The part that runs on the worker."""
    import torch

    os.environ.update(settings)
    torch.set_num_threads(threads)
    if extension is not None:
        load_extension(extension)
    function, args, kwargs = pickle.loads(job)  # noqa: S301 - from the process that began this one
    return function(*args, **kwargs)
