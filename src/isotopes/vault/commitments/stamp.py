"""Time stamps by RFC 3161: an authority signs that a hash was there at a time.

Without one, a date rests on the owner's word. What a stamp proves rests on the authority: its
certificate must lead to a root that the reader trusts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

from isotopes.errors import ReceiptError
from isotopes.extras import how_to_install

if TYPE_CHECKING:
    from rfc3161_client import TimeStampRequest, TimeStampResponse

# RFC 3161, 4: for these reasons, stamps made before the revocation stay valid.
_STILL_GOOD = {
    x509.ReasonFlags.unspecified,
    x509.ReasonFlags.affiliation_changed,
    x509.ReasonFlags.superseded,
    x509.ReasonFlags.cessation_of_operation,
}


@dataclass(frozen=True)
class Stamp:
    """The content of a valid time stamp.

    Attributes:
        time: the hash existed at this time, UTC.
        authority: the name in the certificate that signed.
    """

    time: datetime
    authority: str

    def __str__(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M:%S} UTC by {self.authority}"


@dataclass(frozen=True)
class Trust:
    """The certificates that a reader trusts.

    Attributes:
        roots: certificates of authorities that are trusted.
        revoked: lists of revoked certificates, issued by them.
    """

    roots: Sequence[x509.Certificate]
    revoked: Sequence[x509.CertificateRevocationList] = ()

    @classmethod
    def read(cls, roots: Sequence[bytes], revoked: Sequence[bytes] = ()) -> Trust:
        """Trust in all certificates of these PEM files.

        Raises:
            ReceiptError: one of them is no PEM file of that kind.
        """
        try:
            found = [one for text in roots for one in x509.load_pem_x509_certificates(text)]
            lists = [x509.load_pem_x509_crl(text) for text in revoked]
        except ValueError as error:
            raise ReceiptError(f"certificates and revocation lists must be PEM: {error}") from None
        return cls(found, lists)


def stamp_request(message: bytes) -> TimeStampRequest:
    """A request to stamp the SHA-256 of these bytes.

    Raises:
        ReceiptError: the `stamp` extra is not installed.
    """
    library = _library()
    builder = library.TimestampRequestBuilder().data(message)
    request: TimeStampRequest = builder.hash_algorithm(library.HashAlgorithm.SHA256).build()
    return request


def answered(request: TimeStampRequest, answer: bytes) -> bytes:
    """The authority's answer, checked to match this request. Whether to trust it is checked later.

    Raises:
        ReceiptError: not a time stamp, refused, or of something else.
    """
    response = _decoded(answer)
    if response.status != 0:
        raise ReceiptError(
            f"the authority refused to stamp: {'; '.join(response.status_string) or 'no reason'}"
        )
    found = response.tst_info
    imprint = request.message_imprint.message
    if found.message_imprint.message != imprint or found.nonce != request.nonce:
        raise ReceiptError("the authority's answer is not the stamp of what was asked")
    return answer


def check_stamp(
    token: bytes, message: bytes, trust: Trust, *, before: datetime | None = None
) -> Stamp:
    """When did these bytes exist, according to this stamp and these trusted roots?

    Args:
        token: as the authority answered.
        before: the stamp must be earlier than this, such as the day when pictures were published.

    Raises:
        ReceiptError: the stamp is of something else, forged, by an authority that isn't trusted,
            by a certificate that was revoked or had expired, or late.
    """
    library = _library()
    response = _decoded(token)
    builder = library.VerifierBuilder()
    for certificate in {one.fingerprint(_sha256()): one for one in trust.roots}.values():
        builder = builder.add_root_certificate(certificate)
    try:
        builder.build().verify_message(response, message)
        signer = _signer(response)
    except ReceiptError:
        raise
    except Exception as error:  # noqa: BLE001 - parsers raise anything on altered certificates
        raise ReceiptError(
            f"the time stamp doesn't hold: {error}",
            hint="it must be of this very file, and by an authority whose root you gave (--root)",
        ) from None
    time = response.tst_info.gen_time.astimezone(UTC)
    for revoked in trust.revoked:
        _check_not_revoked(signer, time, revoked, trust)
    if before is not None and time >= before:
        raise ReceiptError(
            f"the time stamp is late: {time:%Y-%m-%d %H:%M:%S} UTC is not before"
            f" {before.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        )
    return Stamp(time, _name(signer))


def claimed_time(token: bytes, digest: str) -> datetime:
    """The time in a stamp of this digest, UTC. Nothing else is checked.

    Args:
        token: as the authority answered.
        digest: ``sha256:...`` of what was stamped.

    Raises:
        ReceiptError: not a time stamp, of something else, or the `stamp` extra is not installed.
    """
    info = _decoded(token).tst_info
    if info.message_imprint.message.hex() != digest.removeprefix("sha256:"):
        raise ReceiptError(f"the time stamp is not of what has the digest {digest}")
    return info.gen_time.astimezone(UTC)


def _check_not_revoked(
    signer: x509.Certificate,
    time: datetime,
    revoked: x509.CertificateRevocationList,
    trust: Trust,
) -> None:
    issuers = [one for one in trust.roots if one.subject == revoked.issuer]
    if not any(_signed_by(revoked, issuer) for issuer in issuers):
        raise ReceiptError("the revocation list is not signed by an authority that is trusted")
    if revoked.issuer != signer.issuer:
        return
    entry = revoked.get_revoked_certificate_by_serial_number(signer.serial_number)
    if entry is None:
        return
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        reason = x509.ReasonFlags.key_compromise  # no reason given: assume the worst (RFC 3161, 4)
    if reason not in _STILL_GOOD or entry.revocation_date_utc <= time:
        raise ReceiptError(
            f"the certificate that signed this time stamp was revoked ({reason.value}) on"
            f" {entry.revocation_date_utc:%Y-%m-%d}: {_name(signer)}"
        )


def _signed_by(revoked: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key: Any = issuer.public_key()
    try:
        return revoked.is_signature_valid(key)
    except (InvalidSignature, TypeError, ValueError):
        return False


def _signer(response: TimeStampResponse) -> x509.Certificate:
    """The certificate that signed.

    A stamp may hold several of the same issuer and number, of which the library verifies one and
    looks at another: a copy with another name in it would pass. So there must be one only.
    """
    (info,) = response.signed_data.signer_infos
    held = {bytes(one) for one in response.signed_data.certificates}
    found = [x509.load_der_x509_certificate(one) for one in held]
    who = (info.issuer, info.serial_number)
    signers = [one for one in found if (one.issuer, one.serial_number) == who]
    if len(signers) != 1:
        raise ReceiptError(
            f"a time stamp must hold 1 certificate of its signer, got {len(signers)}"
        )
    return signers[0]


def _name(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else certificate.subject.rfc4514_string()


def _decoded(token: bytes) -> TimeStampResponse:
    try:
        response: TimeStampResponse = _library().decode_timestamp_response(token)
        response.tst_info  # noqa: B018 - fails here if it holds no stamp
    except ValueError as error:
        raise ReceiptError(f"this is no time stamp: {error}") from None
    return response


def _sha256() -> Any:
    from cryptography.hazmat.primitives.hashes import SHA256

    return SHA256()


def _library() -> ModuleType:
    try:
        import rfc3161_client
    except ImportError:
        raise ReceiptError(
            "time stamps need the stamp extra", hint=how_to_install("stamp")
        ) from None
    return rfc3161_client
