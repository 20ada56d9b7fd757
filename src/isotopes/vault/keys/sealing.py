"""Sealing: secrets under a passphrase.

A random data key encrypts the secrets (ChaCha20-Poly1305, RFC 8439); the passphrase, through scrypt
(RFC 7914), wraps only the data key. So a wrong passphrase shows at once, before anything is
decrypted, and a new passphrase rewrites one row instead of every isotope.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from isotopes.errors import VaultError, WrongPassphrase

# OWASP's first choice for scrypt: 128 MiB and about 0.4 s for each guess.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**17, 8, 1
MOST_COST = 2**30  # 128 n r p, bytes of work: a doctored file must not exhaust its reader
METHOD = "scrypt+chacha20-poly1305"
NONCE_BYTES = 12
SALT_BYTES = 16


class DataKey:
    """A key that seals secrets, each bound to a context that must be given again to open it."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def new(cls) -> DataKey:
        return cls(ChaCha20Poly1305.generate_key())

    def reveal(self) -> bytes:
        """The key itself, for a key service to wrap."""
        return self._key

    def seal(self, secret: bytes, context: bytes) -> bytes:
        """Nonce and ciphertext of `secret`, bound to `context`."""
        return encrypt(self._key, secret, context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """The secret again.

        Raises:
            VaultError: it was altered, or sealed in another context.
        """
        try:
            return decrypt(self._key, sealed, context)
        except InvalidTag:
            raise VaultError(
                "a sealed key was altered, or moved here from another isotope or vault",
                hint="restore the vault from a backup",
            ) from None

    def wrap(self, passphrase: str, context: bytes) -> Sealing:
        """This key under a passphrase.

        Raises:
            VaultError: an empty passphrase.
        """
        if not passphrase:
            raise VaultError("a passphrase must not be empty")
        salt = secrets.token_bytes(SALT_BYTES)
        outer = _stretch(passphrase, salt, SCRYPT_N, SCRYPT_R, SCRYPT_P)
        wrapped = encrypt(outer, self._key, context)
        return Sealing(SCRYPT_N, SCRYPT_R, SCRYPT_P, salt, wrapped)


@dataclass(frozen=True)
class Sealing:
    """A data key wrapped by a passphrase, with what is needed to unwrap it; holds no secret.

    Attributes:
        n, r, p: scrypt's cost, block size and parallelisation.
        salt: scrypt's salt.
        wrapped: nonce and ciphertext of the data key.
    """

    n: int
    r: int
    p: int
    salt: bytes
    wrapped: bytes

    def unwrap(self, passphrase: str, context: bytes) -> DataKey:
        """The data key.

        Raises:
            WrongPassphrase: not the passphrase that it was wrapped with.
        """
        outer = _stretch(passphrase, self.salt, self.n, self.r, self.p)
        try:
            return DataKey(decrypt(outer, self.wrapped, context))
        except InvalidTag:
            raise WrongPassphrase(
                "the passphrase is not the one that these keys were sealed with",
                hint="nothing was changed: try again",
            ) from None

    def to_dict(self) -> dict[str, Any]:
        return {
            "method": METHOD,
            "n": self.n,
            "r": self.r,
            "p": self.p,
            "salt": self.salt.hex(),
            "wrapped": self.wrapped.hex(),
        }

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Sealing:
        """Raises VaultError: not written by `to_dict`, or a cost out of range."""
        try:
            method, n, r, p = found["method"], int(found["n"]), int(found["r"]), int(found["p"])
            salt, wrapped = bytes.fromhex(found["salt"]), bytes.fromhex(found["wrapped"])
        except (KeyError, TypeError, ValueError):
            raise VaultError("the description of how the keys are sealed is damaged") from None
        if method != METHOD:
            raise VaultError(f"keys must be sealed by {METHOD}, got {method!r}")
        power_of_two = n > 1 and n & (n - 1) == 0
        if not (power_of_two and r > 0 and p > 0 and 128 * n * r * p <= MOST_COST):
            raise VaultError(f"scrypt's cost is out of range: n={n}, r={r}, p={p}")
        return cls(n, r, p, salt, wrapped)


def _stretch(passphrase: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # Composed Unicode, so that one passphrase is one whatever keyboard or system typed it.
    text = unicodedata.normalize("NFC", passphrase).encode()
    return Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(text)


def encrypt(key: bytes, plain: bytes, context: bytes) -> bytes:
    """Nonce and ciphertext (ChaCha20-Poly1305), bound to `context`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, context)


def decrypt(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Raises InvalidTag, also for what is too short to hold a nonce and a tag."""
    nonce, text = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    if len(nonce) < NONCE_BYTES:
        raise InvalidTag
    return ChaCha20Poly1305(key).decrypt(nonce, text, context)
