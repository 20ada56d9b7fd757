"""An engine that runs each job at once, in this process, pickled as for another one."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from isotopes.engines import EngineExecutor


class InlineExecutor(EngineExecutor):
    """Two workers, as far as callers can tell."""

    @property
    def workers(self) -> int:
        return 2

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        answer: Future[Any] = Future()
        job = _sent((fn, args, kwargs))
        try:
            answer.set_result(_sent(job[0](*job[1], **job[2])))
        except Exception as error:  # noqa: BLE001 - whatever the job raises
            answer.set_exception(_sent(error))
        return answer


def _sent(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own
