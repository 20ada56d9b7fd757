"""What every request to a target passes before it is sent.

`Target.ask` takes a gate. A target that sends requests calls `check` right before each one and
`retry` before it sends one again; both may raise, and then nothing is sent. This is how rate limits
and budgets count retries, and how an interrupted run stops them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from isotopes.errors import AskingCancelled


class Gate:
    """Lets every request through; subclasses hold some back.

    Attributes:
        replica: which replica of a service must answer, by number; None if any may.
    """

    replica: int | None = None

    def check(self) -> None:
        """Call this right before sending a request.

        Raises:
            AskingCancelled: nobody wants the answer any more.
        """

    def pause(self, seconds: float) -> None:
        """Wait before sending a request.

        Raises:
            AskingCancelled: as soon as nobody wants the answer any more.
        """
        time.sleep(seconds)

    def retry(self, *, billed: bool) -> None:
        """Call this before sending a request again.

        Args:
            billed: whether the service may have counted the previous attempt. A service that
                answered "too busy" did not.

        Raises:
            AskingCancelled: as `check`.
            TargetError: whatever else forbids another request, such as a spent budget.
        """
        self.check()

    def before_retry(self, hook: Callable[[bool], None]) -> Gate:
        """This gate, which also calls ``hook(billed)`` before each retry.

        Hooks run in the order in which they were added. A hook may wait; if it raises, nothing is
        sent.
        """
        return _HookedGate(self, hook)

    def unbilled(self) -> Gate:
        """This gate, for requests that cost nothing however often they are sent."""
        return _UnbilledGate(self)

    def of_replica(self, replica: int) -> Gate:
        """This gate, for a question to one replica of a service."""
        return _ReplicaGate(self, replica)


class _InnerGate(Gate):
    def __init__(self, outer: Gate) -> None:
        self._outer, self.replica = outer, outer.replica

    def check(self) -> None:
        self._outer.check()

    def pause(self, seconds: float) -> None:
        self._outer.pause(seconds)

    def retry(self, *, billed: bool) -> None:
        self._outer.retry(billed=billed)


class _HookedGate(_InnerGate):
    def __init__(self, outer: Gate, hook: Callable[[bool], None]) -> None:
        super().__init__(outer)
        self._hook = hook

    def retry(self, *, billed: bool) -> None:
        super().retry(billed=billed)
        self._hook(billed)


class _UnbilledGate(_InnerGate):
    def retry(self, *, billed: bool) -> None:
        super().retry(billed=False)


class _ReplicaGate(_InnerGate):
    def __init__(self, outer: Gate, replica: int) -> None:
        super().__init__(outer)
        self.replica = replica


class CancellableGate(_InnerGate):
    """A gate that several threads share and any of them can close for all.

    It is also closed while the gate around it is.
    """

    def __init__(self, outer: Gate) -> None:
        super().__init__(outer)
        self._reason: BaseException | None = None

    def cancel(self, reason: BaseException) -> BaseException:
        """Wake every thread that pauses, and let no further request through.

        Returns:
            The reason of the first call.
        """
        with _cancelled:
            if self._reason is None:
                self._reason = reason
                _cancelled.notify_all()
            return self._reason

    def check(self) -> None:
        if self._reason is not None:
            raise AskingCancelled("the run was cancelled, so nothing more is sent")
        super().check()

    def pause(self, seconds: float) -> None:
        with _cancelled:
            _cancelled.wait_for(self._is_closed, seconds)
        self.check()

    def retry(self, *, billed: bool) -> None:
        self.check()
        super().retry(billed=billed)

    def _is_closed(self) -> bool:
        try:
            self.check()
        except AskingCancelled:
            return True
        return False


# One condition for all gates: each is cancelled at most once, so waking the wrong thread is rare.
_cancelled = threading.Condition()
OPEN = Gate()
