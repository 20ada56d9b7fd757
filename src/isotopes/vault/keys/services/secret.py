"""A key that the operator's own secret store puts into the environment or into a file.

Kubernetes secrets, systemd credentials, Docker secrets and Vault's agent all do one or the other.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag

from isotopes.errors import VaultError, WrongPassphrase, unreadable
from isotopes.vault.keys.sealing import decrypt, encrypt
from isotopes.vault.keys.services.service import KeyService

KEY_BYTES = 32
HEXADECIMAL = re.compile("[0-9a-fA-F]{64}")
HOW = "it must be 32 random bytes in hexadecimal or base64, as `openssl rand -hex 32` prints them"


@dataclass(frozen=True)
class SecretKey(KeyService):
    """The key in an environment variable, or in a file; exactly one is given."""

    variable: str | None = None
    path: Path | None = None

    @property
    def address(self) -> str:
        return f"env:{self.variable}" if self.path is None else f"file:{self.path}"

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return encrypt(self._key(), key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        try:
            return decrypt(self._key(), wrapped, context)
        except InvalidTag:
            raise WrongPassphrase(
                f"the key in {self.address} is not the one that this vault was sealed with",
                hint="nothing was changed: try again with the right one",
            ) from None

    def _key(self) -> bytes:
        text = self._text().strip()
        if HEXADECIMAL.fullmatch(text):
            return bytes.fromhex(text)
        try:
            key = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise VaultError(f"the key in {self.address} can't be used", hint=HOW)
        return key

    def _text(self) -> str:
        if self.path is None:
            text = os.environ.get(self.variable or "")
            if text is None:
                raise VaultError(f"the environment has no {self.variable}", hint=HOW)
            return text
        try:
            return self.path.read_text(encoding="ascii")
        except OSError as error:
            raise VaultError(unreadable(self.path, error), hint=HOW) from error
        except UnicodeDecodeError:
            raise VaultError(f"the key in {self.address} can't be used", hint=HOW) from None
