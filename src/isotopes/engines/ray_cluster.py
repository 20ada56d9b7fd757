"""Jobs on a Ray cluster, or on Ray on this machine, with the same results as local processes.

Everything that the jobs read and write must be reachable from all machines.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from isotopes.engines.engine import Prepare
from isotopes.engines.executor import EngineExecutor, WorkerLost
from isotopes.errors import IsotopesError
from isotopes.extras import how_to_install
from isotopes.processes import cores

T = TypeVar("T")


@contextmanager
def ray_engine(
    workers: int | None,
    prepare: Prepare | None = None,
    *,
    address: str | None = None,
    retries: int = 0,
) -> Iterator[EngineExecutor]:
    """Jobs on a Ray cluster: the one that Ray finds (RAY_ADDRESS), or else one started here.

    Args:
        workers: jobs at a time. Each gets its share of the processors and, if there are GPUs,
            one of them or a share of one. None for one on each processor, and no GPU.
        prepare, address, retries: as in `open_engine`.

    Raises:
        IsotopesError: Ray is not installed, or no cluster is at this address.
    """
    try:
        import ray
    except ImportError as error:
        raise IsotopesError(
            f"the engine 'ray' needs Ray: {error}", hint=how_to_install("ray")
        ) from error
    begun = not ray.is_initialized()
    if begun:
        _connect(ray, address)
    executor = _RayExecutor(ray, workers, prepare, retries)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)
        if begun:
            ray.shutdown()


def _connect(ray: Any, address: str | None) -> None:
    settings = {"log_to_driver": False, "configure_logging": False}
    try:
        if address is None:
            _find_or_start(ray, settings)
        else:
            ray.init(address=address, **settings)
    except (ConnectionError, ValueError, TimeoutError, RuntimeError) as error:
        raise IsotopesError(
            f"no Ray cluster answers at {address or 'RAY_ADDRESS'}: {error!s:.300}",
            hint="`ray status` on its head tells its address; `ray start --head` starts one",
        ) from error


def _find_or_start(ray: Any, settings: dict[str, bool]) -> None:
    """The cluster that Ray finds, or one on the cores that this process may use.

    Ray would count all cores of the machine, and run as many jobs at a time on the few that may be
    used (`taskset`, a batch system).
    """
    try:
        ray.init(num_cpus=cores(), include_dashboard=False, **settings)
    except ValueError:  # it found a cluster, whose nodes say themselves what they have
        ray.init(**settings)


class _RayExecutor(EngineExecutor):
    def __init__(
        self, ray: Any, workers: int | None, prepare: Prepare | None, retries: int
    ) -> None:
        processors, graphics = (1, 0.0)
        if workers is not None:
            processors, graphics = job_resources(ray.cluster_resources(), workers)
        self._ray, self._workers = ray, workers
        self._setup = (prepare, processors)
        self._remote = ray.remote(_carry_out).options(
            num_cpus=processors, num_gpus=graphics, max_retries=retries
        )
        self._waiting: set[Any] = set()

    @property
    def workers(self) -> int:
        if self._workers is not None:
            return self._workers
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        answer: Future[T] = Future()
        try:
            # Pickled here: `prepare` may have to load a file before a worker can read the job.
            job = pickle.dumps((fn, args, kwargs))
        except Exception as error:  # noqa: BLE001 - as an executor of processes answers it
            answer.set_exception(error)
            return answer
        reference = self._remote.remote(*self._setup, job)
        self._waiting.add(reference)

        def finish(done: Future[Any]) -> None:
            self._waiting.discard(reference)
            error = done.exception()
            if error is None:
                answer.set_result(done.result())
            else:
                answer.set_exception(self._in_our_terms(error))

        reference.future().add_done_callback(finish)
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        for reference in list(self._waiting):
            self._ray.cancel(reference, force=True)

    def _in_our_terms(self, error: BaseException) -> BaseException:
        """The job's own error, or one that says that its worker, machine or answer is lost."""
        known = self._ray.exceptions
        if isinstance(error, known.RayTaskError):  # wraps what a job raised, with a traceback
            cause: BaseException = getattr(error, "cause", None) or error
            return cause
        if isinstance(error, known.RayError) and not isinstance(error, known.TaskCancelledError):
            return WorkerLost(f"{error!s:.300}")
        return error


def job_resources(resources: dict[str, float], workers: int) -> tuple[int, float]:
    """Processors and GPUs of a job, when so many jobs run at a time.

    No job uses two GPUs. If there are more jobs than GPUs, several share each.
    """
    processors = max(1, int(resources.get("CPU", 1)) // workers)
    graphics = int(resources.get("GPU", 0))
    return processors, 1 / -(-workers // graphics) if graphics else 0.0


def _carry_out(prepare: Prepare | None, threads: int, job: bytes) -> Any:
    """What runs on the worker."""
    if prepare is not None:
        prepare(threads)
    function, args, kwargs = pickle.loads(job)  # noqa: S301 - from the process that started this one
    return function(*args, **kwargs)
