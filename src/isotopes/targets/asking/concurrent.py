"""Asks a target batch after batch, while the next batches are made and others are under way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from isotopes.errors import PlanError
from isotopes.targets.asking.attempts import Asking, AskingEnded
from isotopes.targets.asking.thread_pool import Crew, Task
from isotopes.targets.scores import Scores
from isotopes.targets.target import Picture, Target
from isotopes.targets.wrapper import Wrapper, ask_exactly


@runtime_checkable
class Concurrent(Protocol):
    """A target that answers faster when several threads ask it at once, and says how many."""

    concurrency: int


@runtime_checkable
class Overlapping(Protocol):
    """A target that holds requests back beyond its concurrency, and says how many threads may well
    ask it: some get pictures ready and store answers while the others' requests are under way."""

    threads: int


class Batch(Protocol):
    """Pictures to ask at once, with whatever else their owner knows them by."""

    @property
    def pictures(self) -> Sequence[Picture]: ...


B = TypeVar("B", bound=Batch)


def ask_ahead(target: Target, batches: Iterable[B]) -> Iterator[tuple[B, Scores]]:
    """Each batch with its answer, in order.

    The caller's thread makes the batches, so `batches` needs no lock; other threads ask, as many at
    once as the target is good for. No more than twice as many batches are held at any time.

    Where a batch fails, or the person interrupts, no further one is begun. The requests under way
    are waited for and their answers come out first, because they are paid for, but none is sent
    again; then the error is raised.

    Raises:
        TargetUnreachable, AnswerError: as `Target.ask`; also a wrong number of answers.
    """
    at_once = _threads(target)
    pending: deque[Task[B, Scores]] = deque()
    asking = Asking()

    def answer(batch: B) -> Scores:
        with asking.current():
            return ask_exactly(target, batch.pictures)

    crew: Crew[B, Scores] = Crew(answer, at_once)
    try:
        for batch in batches:
            pending.append(crew.begin(batch))
            if len(pending) >= 2 * at_once:
                # Woken by every single answer, this thread would hold up those that ask.
                pending[at_once // 2].wait()
                yield _next(pending)
                while pending and pending[0].done:
                    yield _next(pending)
        while pending:
            yield _next(pending)
    except GeneratorExit as stop:
        asking.end(stop)
        raise
    except (Exception, KeyboardInterrupt) as error:
        first = asking.end(error)
        yield from _answered(pending)
        if isinstance(error, AskingEnded):  # which only says that another batch had failed
            raise first from None
        raise
    finally:
        crew.leave()


def ask_all(
    target: Target,
    batches: Iterable[Sequence[Picture]],
    progress: Callable[[int], None] | None = None,
) -> Scores:
    """The answers to all batches as one, in order.

    Args:
        batches: each of at most `target.batch_size` pictures.
        progress: is told the number of pictures in each batch when it is answered.

    Raises:
        PlanError: there is nothing to ask.
        TargetUnreachable, AnswerError: as `ask_ahead`.
    """
    parts = []
    for _, scores in ask_ahead(target, map(_Pictures, batches)):
        parts.append(scores)
        if progress is not None:
            progress(len(scores))
    if not parts:
        raise PlanError(f"there is not one picture to ask {target.name}")
    return Scores.join(parts)


def concurrency(target: Target) -> int:
    """How many requests this target takes at once; wrappers let all of them through."""
    inner = _innermost(target)
    return inner.concurrency if isinstance(inner, Concurrent) else 1


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


def _next(pending: deque[Task[B, Scores]]) -> tuple[B, Scores]:
    task = pending.popleft()
    return task.argument, task.result()


def _answered(pending: deque[Task[B, Scores]]) -> Iterator[tuple[B, Scores]]:
    for task in pending:
        if task.succeeded:
            yield task.argument, task.result()
