"""Tells whoever limits or counts requests that one is about to be sent again.

A target retries deep inside, wrappers around it keep rates and budgets: a retry is a request like
any other to the service's limits, and may be billed like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[bool], None]
_listeners: ContextVar[tuple[Listener, ...]] = ContextVar("listeners", default=())


@contextmanager
def hearing_retries(listener: Listener) -> Iterator[None]:
    """`listener` is called in this thread before every retry inside the block.

    It is told whether the attempt before may have been billed. It may wait; where it raises,
    nothing is sent. Of several the outermost is called first.
    """
    token = _listeners.set((*_listeners.get(), listener))
    try:
        yield
    finally:
        _listeners.reset(token)


def tell_retry(*, billed: bool) -> None:
    """To be called before a request is sent again.

    Args:
        billed: whether the service may have answered, and counted, the attempt before; not where it
            said that it was too busy to.
    """
    for listener in _listeners.get():
        listener(billed)
