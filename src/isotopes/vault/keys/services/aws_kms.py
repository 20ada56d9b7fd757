"""A key in AWS KMS: it never leaves the service, which wraps and unwraps the vault's data key.

Credentials, region and endpoint are those of Amazon's own tools (AWS_REGION, AWS_ENDPOINT_URL_KMS).

Reference: https://docs.aws.amazon.com/kms/latest/APIReference/ (Encrypt, Decrypt; encryption
contexts are authenticated and end up in CloudTrail, so they hold a digest, not names).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isotopes.canonical import digest
from isotopes.errors import VaultError, WrongPassphrase
from isotopes.extras import how_to_install
from isotopes.vault.keys.services.service import KeyService

WRONG = {"InvalidCiphertextException", "IncorrectKeyException"}


@dataclass(frozen=True)
class AWSKey(KeyService):
    """A KMS key by its ARN, its ID or an alias such as ``alias/isotopes``."""

    key: str

    @property
    def address(self) -> str:
        return f"aws-kms:{self.key}"

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return bytes(self._ask("encrypt", "CiphertextBlob", context, Plaintext=key))

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return bytes(self._ask("decrypt", "Plaintext", context, CiphertextBlob=wrapped))

    def _ask(self, action: str, wanted: str, context: bytes, **given: bytes) -> Any:
        try:
            import boto3
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError as error:
            raise VaultError(
                f"a key in AWS KMS needs boto3: {error}", hint=how_to_install("cloud")
            ) from error
        bound = {"isotopes": digest(context)}
        try:
            ask = getattr(boto3.client("kms"), action)
            return ask(KeyId=self.key, EncryptionContext=bound, **given)[wanted]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in WRONG:
                raise WrongPassphrase(
                    f"the key {self.address} is not the one that this vault was sealed with",
                    hint="nothing was changed: try again with the right one",
                ) from None
            raise VaultError(f"AWS KMS refuses to {action}: {error!s:.300}") from error
        except (BotoCoreError, ValueError) as error:
            raise VaultError(f"AWS KMS can't be asked: {error!s:.300}") from error
