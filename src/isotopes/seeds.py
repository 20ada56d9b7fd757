"""Keys from `secrets`, sub-keys by HKDF, and integer draws that are the same everywhere.

Every secret of an isotope comes from one 32-byte root by HKDF-SHA256 (RFC 5869) under a versioned
label such as ``isotopes/v1/marks/gratings/0``, so that the root's hash commits to all of them.
Draws come from SHAKE-256 and integer arithmetic alone: no library version, processor or floating
point unit can change a mark.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 32
CHOICE = "isotopes/v1/choice"  # of the key that chooses which pictures carry the mark


def fresh_bytes() -> bytes:
    """32 bytes from the operating system's generator: a root key, a salt, a seed.

    Whatever chance a verdict depends on is drawn here, so that tests can fix it.
    """
    return secrets.token_bytes(KEY_BYTES)


def derive(root: bytes, label: str) -> bytes:
    """The 32-byte sub-key of `root` under `label` (HKDF-SHA256, empty salt, `label` as info).

    Raises:
        ValueError: the root is not 32 bytes long.
    """
    if len(root) != KEY_BYTES:
        raise ValueError(f"a root key must be {KEY_BYTES} bytes, got {len(root)}")
    extracted = hmac.digest(b"\0" * KEY_BYTES, root, "sha256")
    # One block of HKDF-Expand is exactly the 32 bytes wanted.
    return hmac.digest(extracted, label.encode() + b"\x01", "sha256")


class KeyStream:
    """Integers drawn from a key, in order, identical on every platform.

    >>> KeyStream(bytes(32)).integers(0, 10, 5).tolist()
    [2, 3, 6, 5, 2]
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._calls = 0

    def integers(self, low: int, high: int, size: int) -> NDArray[np.int64]:
        """`size` integers in [low, high), shape (size,); needs high - low <= 2**32.

        Each is a 32-bit word scaled to the range: a bias below 2**-32 of the range, and no
        rejection, so that the n-th draw depends on nothing but the key and n.
        """
        if not 0 < high - low <= 2**32:
            raise ValueError(f"the range must hold 1 to 2**32 integers, got [{low}, {high})")
        block = self._key + self._calls.to_bytes(8, "big")
        self._calls += 1
        words = np.frombuffer(hashlib.shake_256(block).digest(4 * size), dtype=">u4")
        scaled = (words.astype(np.uint64) * np.uint64(high - low)) >> np.uint64(32)
        return scaled.astype(np.int64) + low

    def integer(self, low: int, high: int) -> int:
        """One integer in [low, high)."""
        return int(self.integers(low, high, 1)[0])

    def permutation(self, size: int) -> NDArray[np.int64]:
        """A permutation of 0 .. size-1, shape (size,): Fisher-Yates, from the end."""
        order = np.arange(size, dtype=np.int64)
        for last in range(size - 1, 0, -1):
            other = self.integer(0, last + 1)
            order[[last, other]] = order[[other, last]]
        return order
