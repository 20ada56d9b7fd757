"""Marks pictures one after another, so that no picture stops the others of its shard.

Marking runs in the worker itself: a process for each picture would cost more than marking does. So
a picture that crashes its decoder, or hangs in it, takes the worker down. The shard is then started
again in careful mode: each picture goes to a child process, and a picture that kills its child
twice stays unchanged. Twice, because a child may be killed for other reasons, and the output must
not depend on them.
"""

from __future__ import annotations

import faulthandler
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from isotopes.photos import WorkerLimits, Workers
from isotopes.photos.run.pool import Call, Lost, settle_libraries, silence
from isotopes.shards.picture import Treated, treat, untouched
from isotopes.shards.terms import ShardTerms

Treat = Callable[[bytes, str | None], Treated]  # a picture's file and its user


@contextmanager
def treating(terms: ShardTerms, *, careful: bool) -> Iterator[Treat]:
    """The function that treats pictures by these terms."""
    if not careful:
        yield lambda data, user: _in_time(data, user, terms)
        return
    with Workers(1, WorkerLimits(picture=terms.memory, seconds=terms.seconds)) as child:
        yield lambda data, user: _in_child(data, user, terms, child)


def prepare_worker(memory: int, silent: bool, _threads: int) -> None:
    """The function that `open_engine` calls in each worker; a shard takes one core.

    Args:
        memory: bytes that one picture may take.
        silent: whether nothing that decoders print may reach the terminal.
    """
    if silent:
        silence()
    settle_libraries(memory)


def _in_time(data: bytes, user: str | None, terms: ShardTerms) -> Treated:
    # Its watchdog is a thread of C: it ends this process even while a decoder holds Python's lock.
    faulthandler.dump_traceback_later(terms.seconds, exit=True)
    try:
        return treat(data, user, terms)
    finally:
        faulthandler.cancel_dump_traceback_later()


def _in_child(data: bytes, user: str | None, terms: ShardTerms, child: Workers) -> Treated:
    reason = ""
    for _ in range(2):
        ((_, found),) = child.run([Call(user, treat, (data, user, terms))])
        if not isinstance(found, Lost):
            return found
        reason = found.reason
    return untouched(data, reason, terms)
