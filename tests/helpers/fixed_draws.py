"""No test fails by chance: keys, salts and seeds are the same in each run.

A test at level 0.01 would accuse an innocent model in one run of a hundred. As a program,
``fixed_draws.py WORD ...`` is ``isotopes WORD ...`` with fixed draws.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from isotopes import seeds
from isotopes.__main__ import run


@contextmanager
def fixed_draws(where: str) -> Iterator[None]:
    """What `isotopes.seeds` draws meanwhile depends on `where` and on how often it drew."""
    numbers = itertools.count()

    def token_bytes(size: int) -> bytes:
        return hashlib.shake_256(f"{where} {next(numbers)}".encode()).digest(size)

    with patch.object(seeds, "secrets", SimpleNamespace(token_bytes=token_bytes)):
        yield


if __name__ == "__main__":
    with fixed_draws("a program"):
        run()
