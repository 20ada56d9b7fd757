"""Treats samples one after another, so that no picture stops the others of its shard.

Marking runs in the worker itself: a process for each sample would cost more than marking does. So
a picture that crashes its decoder, or hangs in it, takes the worker down. The shard is then started
again in careful mode: each sample goes to a child process, and a sample that kills its child
twice stays unchanged. Twice, because a child may be killed for other reasons, and the output must
not depend on them.
"""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager

from isotopes.photos import WorkerLimits, Workers
from isotopes.photos.run.pool import Call, Lost, settle_libraries, silence
from isotopes.shards.part import SamplePart, Treat, Treated
from isotopes.shards.sample import treat_sample, untouched
from isotopes.shards.terms import ShardTerms


@contextmanager
def treating(terms: ShardTerms, *, careful: bool) -> Iterator[Treat]:
    """The function that treats samples by these terms."""
    if not careful:
        yield lambda parts, user: _in_time(parts, user, terms)
        return
    with Workers(1, WorkerLimits(picture=terms.memory, seconds=terms.seconds)) as child:
        yield lambda parts, user: _in_child(parts, user, terms, child)


def prepare_worker(memory: int, silent: bool, _threads: int) -> None:
    """The function that `open_engine` calls in each worker; a shard takes one core.

    Args:
        memory: bytes that one picture may take.
        silent: whether nothing that decoders print may reach the terminal.
    """
    if silent:
        silence()
    settle_libraries(memory)


def _in_time(parts: list[SamplePart], user: str | None, terms: ShardTerms) -> list[Treated]:
    # Its watchdog is a thread of C: it ends this process even while a decoder holds Python's lock.
    faulthandler.dump_traceback_later(terms.seconds, exit=True)
    try:
        return treat_sample(parts, user, terms)
    finally:
        faulthandler.cancel_dump_traceback_later()


def _in_child(
    parts: list[SamplePart], user: str | None, terms: ShardTerms, child: Workers
) -> list[Treated]:
    reason = ""
    for _ in range(2):
        ((_, found),) = child.run([Call(user, treat_sample, (parts, user, terms))])
        if not isinstance(found, Lost):
            return found
        reason = found.reason
    return untouched(parts, reason, terms)
