"""What a target that sends requests has to know of those who limit, count and want them.

A target retries deep inside, wrappers around it keep rates and budgets: a retry is a request like
any other to the service's limits, and may be billed like any other. And once whoever asks has given
up, nothing may be sent any more, for the first time or again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from isotopes.errors import TargetError


class AskingEnded(TargetError):  # noqa: N818 - reads as a sentence where it is caught
    """Nothing was sent, because the asking that it belongs to had ended."""


class Asking:
    """What several threads ask together: once it has ended, none of them sends anything more.

    One that is made inside another ends with that.
    """

    def __init__(self) -> None:
        self._outer = _asking.get()
        self._failure: BaseException | None = None

    @property
    def ended(self) -> bool:
        return self._failure is not None or (self._outer is not None and self._outer.ended)

    def end(self, failure: BaseException) -> BaseException:
        """Wake those who pause, and let nothing more be sent.

        Returns:
            what ended it: the first failure that this was called with.
        """
        with _ending:
            if self._failure is None:
                self._failure = failure
                _ending.notify_all()
            return self._failure

    @contextmanager
    def current(self) -> Iterator[None]:
        """What this thread sends inside the block belongs to this asking; an error there ends it.

        Raises:
            AskingEnded: it has ended.
        """
        token = _asking.set(self)
        try:
            check_wanted()
            yield
        except BaseException as failure:
            self.end(failure)
            raise
        finally:
            _asking.reset(token)


Listener = Callable[[bool], None]
_asking: ContextVar[Asking | None] = ContextVar("asking", default=None)
_ending = threading.Condition()  # of any asking: it happens once in each, so one is enough
_listeners: ContextVar[tuple[Listener, ...]] = ContextVar("listeners", default=())


def check_wanted() -> None:
    """To be called right before a request is sent.

    Raises:
        AskingEnded: nobody wants its answer.
    """
    asking = _asking.get()
    if asking is not None and asking.ended:
        raise AskingEnded("the asking has ended, so nothing more is sent")


def pause(seconds: float) -> None:
    """Wait so long before a request, but not for one that nobody wants any more.

    Raises:
        AskingEnded: as `check_wanted`, as soon as it is so.
    """
    asking = _asking.get()
    if asking is None:
        time.sleep(seconds)
        return
    with _ending:
        _ending.wait_for(lambda: asking.ended, seconds)
    check_wanted()


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

    Raises:
        AskingEnded: as `check_wanted`; or what a listener raises.
    """
    check_wanted()
    for listener in _listeners.get():
        listener(billed)
