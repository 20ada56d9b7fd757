"""The user's own key and certificates, which sign statements about pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from isotopes.canonical import digest
from isotopes.errors import IsotopesError, unreadable
from isotopes.extras import how_to_install

CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\s*", re.DOTALL)
CURVES = {256: "es256", 384: "es384", 521: "es512"}


@dataclass(frozen=True)
class Credential:
    """A private key and its certificates, which sign statements.

    Attributes:
        chain: certificates, the signer's first, as PEM.
        key: the private key, PKCS #8 as PEM.
        algorithm: as C2PA calls it.
    """

    chain: bytes
    key: bytes = field(repr=False)
    algorithm: str

    @property
    def digest(self) -> str:
        """The digest of the certificates: it identifies the credential without the key."""
        return digest(self.chain)


def read_credential(path: Path) -> Credential:
    """A private key and its certificates from one PEM file.

    Raises:
        IsotopesError: the extra c2pa is missing; the file can't be read, lacks either part, has a
            key with a passphrase or of a kind that C2PA doesn't know, or one that isn't the
            certificate's.
    """
    if find_spec("c2pa") is None:
        raise IsotopesError("signed statements need the extra c2pa", hint=how_to_install("c2pa"))
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        text = path.read_bytes()
    except OSError as error:
        raise IsotopesError(unreadable(path, error)) from error
    certificates = CERTIFICATE.findall(text)
    if not certificates:
        raise IsotopesError(f"{path} holds no certificate", hint="it must be a PEM file")
    try:
        key: Any = serialization.load_pem_private_key(CERTIFICATE.sub(b"", text), None)
        public = x509.load_pem_x509_certificate(certificates[0]).public_key()
    except (ValueError, TypeError) as error:
        raise IsotopesError(
            f"{path} must hold a private key without a passphrase, and certificates",
            hint="`openssl pkcs8 -topk8 -nocrypt` removes a passphrase",
        ) from error
    if key.public_key() != public:
        raise IsotopesError(
            f"the first certificate of {path} must be that of its key",
            hint="put the signer's own certificate before those of authorities",
        )
    packed = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Credential(b"".join(certificates), packed, _algorithm(path, key))


def _algorithm(path: Path, key: Any) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size in CURVES:
        return CURVES[key.key_size]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    raise IsotopesError(f"the key of {path} must be of ECDSA, Ed25519 or RSA")
