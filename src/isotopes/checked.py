"""Values from a file, as the types that they must have; and types with ranges.

None of the ranges holds NaN or infinity.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

LONGEST_TEXT = 1000  # characters of a name, label or address

Finite = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max)]
Probability = Annotated[float, Meta(ge=0, le=1)]
PValue = Annotated[float, Meta(gt=0, le=1)]
Level = Annotated[float, Meta(gt=0, lt=1)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Digest = Annotated[str, Meta(pattern="^sha256:[0-9a-f]{64}$")]

T = TypeVar("T")
_learned: set[Any] = set()
_learning = threading.RLock()


def convert(found: object, kind: type[T], dec_hook: Callable[[type, Any], Any] | None = None) -> T:
    """`msgspec.convert`, in many threads at once, too.

    What msgspec needs to know of a class it learns at the first use, and a second thread finds that
    half made: in 0.22 it reads a null pointer, and the process is gone. So each first use is alone.

    Raises:
        msgspec.ValidationError: `found` isn't a `kind`.
    """
    if kind in _learned:
        return msgspec.convert(found, kind, dec_hook=dec_hook)
    with _learning:
        try:
            return msgspec.convert(found, kind, dec_hook=dec_hook)
        finally:
            _learned.add(kind)
