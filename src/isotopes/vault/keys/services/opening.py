"""A key service by its address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from isotopes.errors import VaultError
from isotopes.vault.keys.services.aws_kms import AWSKey
from isotopes.vault.keys.services.secret import SecretKey
from isotopes.vault.keys.services.service import KeyService

ENVIRONMENT = "ISOTOPES_KEY_SERVICE"
KINDS: dict[str, Callable[[str], KeyService]] = {
    "env": lambda name: SecretKey(variable=name),
    "file": lambda path: SecretKey(path=Path(path)),
    "aws-kms": AWSKey,
}


def open_key_service(address: str) -> KeyService:
    """The service of this address: ``env:NAME``, ``file:PATH`` or ``aws-kms:KEY``.

    Raises:
        VaultError: no such kind of service.
    """
    kind, _, rest = address.partition(":")
    if kind not in KINDS or not rest:
        raise VaultError(
            f"a key service must be env:NAME, file:PATH or aws-kms:KEY, got {address!r}"
        )
    return KINDS[kind](rest)
