"""Many receipts under one hash, so that one time stamp covers them and shows their number.

A tree as in RFC 6962 (Certificate Transparency), section 2.1: a leaf's hash begins with the byte 0,
that of a node with the byte 1, so that neither can pass for the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_LEAF, _NODE = b"\0", b"\1"


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The hash over all leaves in their order, 32 bytes.

    Raises:
        ValueError: no leaf.
    """
    if not leaves:
        raise ValueError("a Merkle tree needs at least 1 leaf, got none")
    if len(leaves) == 1:
        return hashlib.sha256(_LEAF + leaves[0]).digest()
    split = _split(len(leaves))
    return _node(merkle_root(leaves[:split]), merkle_root(leaves[split:]))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from a leaf to the root, from the bottom.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"the tree has leaves 0 to {len(leaves) - 1}, got {index}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), merkle_root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), merkle_root(leaves[:split])]


def root_from_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that this leaf leads to at its index; None if the proof has the wrong length."""
    if not 0 <= index < size:
        return None
    if size == 1:
        return None if proof else hashlib.sha256(_LEAF + leaf).digest()
    if not proof:
        return None
    split = _split(size)
    if index < split:
        left = root_from_proof(leaf, index, split, proof[:-1])
        return None if left is None else _node(left, proof[-1])
    right = root_from_proof(leaf, index - split, size - split, proof[:-1])
    return None if right is None else _node(proof[-1], right)


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
