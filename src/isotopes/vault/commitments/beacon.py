"""Public randomness that is mixed into an isotope's key after its receipt was stamped.

Without it, a key can be ground: draw thousands of roots, keep one whose mark happens to lift a
label on a network of your own, and commit to that. The mark then scores high on an innocent
network that learnt from the same kind of pictures, more often than the p-value says. A time stamp
doesn't help, as all of it happens before the commitment.

So the commitment announces a beacon: a value that nobody knows yet and everybody can look up once
it is drawn (a round of drand, a pulse of NIST's beacon, the hash of a future block). All draws come
from the secret root and that value together, and nobody can try out a key that depends on a value
from the future.

The source must be named in advance and exactly. Somebody who may choose between a thousand blocks
afterwards is grinding again.
"""

from __future__ import annotations

from isotopes.canonical import digest
from isotopes.errors import VaultError
from isotopes.seeds import derive

FEWEST_BYTES = 16  # fewer could be tried out in advance
MOST_BYTES = 65_536
LONGEST_SOURCE = 1_000  # characters


def mix_beacon(root: bytes, beacon: bytes) -> bytes:
    """The key that everything is drawn from: 32 bytes, from the secret root and the beacon.

    HKDF-SHA256 of the root under the label ``isotopes/v1/beacon/sha256:<digest of the value>``.

    Raises:
        VaultError: a value of fewer than 16 or more than 65,536 bytes.
    """
    check_beacon(beacon)
    return derive(root, f"isotopes/v1/beacon/{digest(beacon)}")


def check_beacon(beacon: bytes) -> None:
    """Raise VaultError unless the value has a valid length."""
    if not FEWEST_BYTES <= len(beacon) <= MOST_BYTES:
        raise VaultError(
            f"a beacon's value must have {FEWEST_BYTES} to {MOST_BYTES:,} bytes, got {len(beacon)}",
            hint="take all of it: a short one could have been tried out before it was drawn",
        )


def check_source(source: str) -> None:
    """Raise VaultError unless the text can announce a beacon."""
    if not source.isprintable() or not source.strip() or len(source) > LONGEST_SOURCE:
        raise VaultError(
            f"a beacon's source must be 1 to {LONGEST_SOURCE:,} printable characters,"
            f" got {source[:100]!r}",
            hint="say exactly which value it will be, such as 'drand quicknet, round 20000000'",
        )
