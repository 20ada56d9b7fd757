"""What was made last, remembered up to a number of bytes.

`functools.lru_cache` counts results; ours are as large as pictures, so that memory would grow with
the pictures' sizes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
V = TypeVar("V")


class Remembered(Generic[P, V]):
    """A function whose last results are kept; threads may call it at once."""

    def __init__(self, make: Callable[P, V], limit: int, weigh: Callable[[V], int]) -> None:
        self._make, self._limit, self._weigh = make, limit, weigh
        self._used = 0
        self._kept: OrderedDict[tuple[object, ...], V] = OrderedDict()
        self._lock = Lock()
        self.__doc__ = make.__doc__

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> V:
        key = (*args, *sorted(kwargs.items()))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = self._make(*args, **kwargs)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._used += self._weigh(made)
                self._drop_oldest()
        return made

    def forget(self) -> None:
        """Keep nothing of what was made so far."""
        with self._lock:
            self._kept.clear()
            self._used = 0

    def _drop_oldest(self) -> None:
        # The newest stays even where it alone is too large: the next picture may have its size.
        while self._used > self._limit and len(self._kept) > 1:
            self._used -= self._weigh(self._kept.popitem(last=False)[1])


def remember(limit: int, weigh: Callable[[V], int]) -> Callable[[Callable[P, V]], Remembered[P, V]]:
    """Decorator: keep a function's last results, up to `limit` bytes by what `weigh` says of each.

    Arguments must be hashable. Results are shared: nobody may change them.
    """
    return lambda make: Remembered(make, limit, weigh)
