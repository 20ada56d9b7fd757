"""Amazon's credentials, regions and signatures: botocore's business, not ours."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isotopes.errors import TargetUnusable
from isotopes.targets.extras import missing
from isotopes.targets.http.endpoint import Signer
from isotopes.targets.http.screening import screen_for

CREDENTIALS = (
    "Amazon's own chain (AWS_PROFILE, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, roles)",
)
WAYS = "aws configure, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


@dataclass(frozen=True)
class Access:
    """A service in a region, and the credential for it.

    Attributes:
        url: where it is asked.
        region: as signatures name it.
        credentials: botocore's; they renew themselves.
    """

    url: str
    region: str
    credentials: Any


def find_access(service: str, region: str | None, url: str | None) -> Access:
    """A service's address, region and credential; nothing is sent.

    Args:
        region: None for the one that the chain names.
        url: of another server; None for what the chain says, which is usually Amazon's.

    Raises:
        TargetUnusable: boto3 is not installed, or there is no region or no credential.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise missing("boto3", "cloud") from error
    _silence()
    credentials: Any = None
    try:
        session = boto3.Session()
        credentials = session.get_credentials()
        if credentials is None:
            raise TargetUnusable("no Amazon credential was found", hint=f"give it by {WAYS}")
        # Only to learn the address: partitions, FIPS and profiles have their own.
        client: Any = session.client(service, region_name=region, endpoint_url=url)
        try:
            return Access(str(client.meta.endpoint_url), client.meta.region_name, credentials)
        finally:
            client.close()
    except (BotoCoreError, ValueError) as error:  # ValueError: no address
        raise TargetUnusable(
            f"{service} can't be asked: {screen_for(_secrets(credentials)).hide(str(error))}",
            hint=f"name a region, such as {service}:us-east-1, or set AWS_REGION",
        ) from None


class SignatureV4(Signer):
    """Signs each request (AWS Signature Version 4)."""

    name = "Amazon's credential chain"

    def __init__(self, service: str, access: Access, headers: Mapping[str, str]) -> None:
        """`headers` are those of each request; the signature covers them."""
        self._service, self._access, self._headers = service, access, headers

    def headers(self, body: bytes) -> Mapping[str, str]:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        request = AWSRequest("POST", self._access.url, dict(self._headers), body)
        credentials = self._access.credentials.get_frozen_credentials()
        SigV4Auth(credentials, self._service, self._access.region).add_auth(request)
        signed = dict(request.headers.items())
        return {name: signed[name] for name in signed if name not in self._headers}

    def credentials(self) -> tuple[str, ...]:
        return _secrets(self._access.credentials)


def _secrets(credentials: Any) -> tuple[str, ...]:
    if credentials is None:
        return ()
    frozen = credentials.get_frozen_credentials()
    return tuple(filter(None, (frozen.access_key, frozen.secret_key, frozen.token)))


def _silence() -> None:
    """Keep boto3's debug log shut: it shows the access key and the session token."""
    for name in ("boto3", "botocore", "urllib3"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.INFO))
