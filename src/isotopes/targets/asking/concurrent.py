"""Asks a target batch after batch from several threads, and yields the answers in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

from isotopes.errors import AskingCancelled, PlanError
from isotopes.targets.gate import OPEN, CancellableGate, Gate
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target
from isotopes.targets.wrapper import Wrapper, ask_exactly


@runtime_checkable
class Concurrent(Protocol):
    """A target that answers faster when `concurrency` threads ask it at once."""

    concurrency: int


@runtime_checkable
class Overlapping(Protocol):
    """A target that queues requests beyond its concurrency.

    `threads` is how many threads should ask: a few more than requests under way, so that some
    prepare pictures and store answers meanwhile.
    """

    threads: int


@runtime_checkable
class Replicated(Protocol):
    """A target that several machines answer; `Gate.replica` chooses one."""

    replicas: int


class Batch(Protocol):
    """Pictures to ask at once, with whatever else their owner attaches to them."""

    @property
    def pictures(self) -> Sequence[Picture]: ...


B = TypeVar("B", bound=Batch)
J = TypeVar("J")
R = TypeVar("R")


def ask_ahead(
    target: Target, batches: Iterable[B], gate: Gate = OPEN
) -> Iterator[tuple[B, Scores]]:
    """Yield each batch with its answer, in order, as `work_ahead` does.

    Raises:
        TargetUnreachable, AnswerError: as `Target.ask`; also for a wrong number of answers.
    """

    def answer(batch: B, run: Gate) -> Scores:
        return ask_exactly(target, batch.pictures, run)

    return work_ahead(answer, batches, _threads(target), gate)


def work_ahead(
    work: Callable[[J, Gate], R], jobs: Iterable[J], workers: int, gate: Gate = OPEN
) -> Iterator[tuple[J, R]]:
    """Yield each job with its result, in order.

    `jobs` is iterated in the caller's thread, so it needs no lock. Worker threads do the work, at
    most `workers` at once. At most twice as many jobs are held in memory.

    When a job fails or the person interrupts, no further job is started. Requests under way
    are paid for, so they are awaited and their results come out first, but none is sent again.
    Then the error is raised.

    Args:
        work: is given a gate that every request has to pass.
    """
    run = CancellableGate(gate)
    pending: deque[_Pending[J, R]] = deque()

    def do(job: J) -> R:
        try:
            run.check()
            return work(job, run)
        except BaseException as failure:
            run.cancel(failure)
            raise

    pool = ThreadPoolExecutor(workers, thread_name_prefix="isotopes-ask")
    try:
        for job in jobs:
            pending.append(_Pending(job, pool.submit(do, job)))
            if len(pending) >= 2 * workers:
                # Waking this thread at every answer would hold up the threads that ask.
                pending[workers // 2].future.exception()
                yield pending.popleft().result()
                while pending and pending[0].future.done():
                    yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except GeneratorExit as stop:
        run.cancel(stop)
        raise
    except (Exception, KeyboardInterrupt) as error:
        first = run.cancel(error)
        yield from _finished(pending)
        if isinstance(error, AskingCancelled):  # it only says that another job had failed
            raise first from None
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def ask_all(
    target: Target,
    batches: Iterable[Sequence[Picture]],
    progress: Callable[[int], None] | None = None,
    gate: Gate = OPEN,
) -> Scores:
    """The answers to all batches, joined in order.

    Args:
        batches: each of at most `target.batch_size` pictures.
        progress: called with the number of pictures of each batch when it is answered.

    Raises:
        PlanError: there is nothing to ask.
        TargetUnreachable, AnswerError: as `ask_ahead`.
    """
    parts = []
    for _, scores in ask_ahead(target, map(_Pictures, batches), gate):
        parts.append(scores)
        if progress is not None:
            progress(len(scores))
    if not parts:
        raise PlanError(f"there are no pictures to ask {target.name} about")
    return Scores.join(parts)


def concurrency(target: Target) -> int:
    """How many requests this target takes at once; wrappers don't change that."""
    inner = _innermost(target)
    return inner.concurrency if isinstance(inner, Concurrent) else 1


def replicas(target: Target) -> int:
    """How many machines answer for this target; wrappers don't change that."""
    inner = _innermost(target)
    return inner.replicas if isinstance(inner, Replicated) else 1


def _threads(target: Target) -> int:
    inner = _innermost(target)
    return inner.threads if isinstance(inner, Overlapping) else concurrency(inner)


def _innermost(target: Target) -> Target:
    while isinstance(target, Wrapper):
        target = target.inner
    return target


@dataclass(frozen=True, eq=False)
class _Pictures:
    pictures: Sequence[Picture]


@dataclass(frozen=True, eq=False)
class _Pending(Generic[J, R]):
    job: J
    future: Future[R]

    def result(self) -> tuple[J, R]:
        return self.job, self.future.result()


def _finished(pending: deque[_Pending[J, R]]) -> Iterator[tuple[J, R]]:
    """The jobs that were done; those not started yet are dropped."""
    for one in pending:
        if not one.future.cancel() and one.future.exception() is None:
            yield one.result()
