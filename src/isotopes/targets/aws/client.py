"""Amazon Rekognition through boto3: credentials from its own chain, errors as ours."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

import tenacity

from isotopes.errors import AnswerError, ServiceRefused, TargetUnreachable, TargetUnusable
from isotopes.targets.asking.attempts import check_wanted, pause, tell_retry
from isotopes.targets.extras import missing
from isotopes.targets.http.environment import Secrets

CREDENTIALS = (
    "Amazon's own chain (AWS_PROFILE, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, roles)",
)
ATTEMPTS = 6
TIMEOUT = 30.0  # seconds for each step


class Rekognition:
    """One region of the service. Threads may share it."""

    def __init__(self, region: str | None, url: str | None, connections: int) -> None:
        """Open a client; nothing is sent yet.

        Args:
            region: None for the one that the chain names.
            url: of another server; None for what the chain says, which is Amazon's most likely.

        Raises:
            TargetUnusable: boto3 is not installed, or there is no region or no credential.
        """
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ImportError as error:
            raise missing("boto3", "cloud") from error
        _quieten()
        try:
            session = boto3.Session()
            found = session.get_credentials()
            if found is None:
                raise TargetUnusable("no Amazon credential was found", hint=f"give it by {_WAYS}")
            self._credentials = found
            self._client: Any = session.client(
                "rekognition",
                region_name=region,
                endpoint_url=url,
                config=Config(
                    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                    max_pool_connections=connections,
                    connect_timeout=TIMEOUT,
                    read_timeout=TIMEOUT,
                ),
            )
        except BotoCoreError as error:
            raise TargetUnusable(
                f"Rekognition can't be asked: {self._hide(str(error))}",
                hint="name a region, such as rekognition:us-east-1, or set AWS_REGION",
            ) from None

        self._turn = _Turn()
        events = self._client.meta.events
        events.register("before-parse.rekognition", _check_whole)
        events.register("before-send.rekognition", self._turn.begin)
        events.register("needs-retry.rekognition", self._turn.end)
        self._again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_CutShort),
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=20),
            sleep=pause,
            reraise=True,
        )

    @property
    def address(self) -> str:
        """Where it is asked."""
        return str(self._client.meta.endpoint_url)

    def call(self, operation: str, **question: object) -> Mapping[str, Any]:
        """The answer to one operation, by its name in boto3.

        Raises:
            TargetUnreachable: no answer after all retries; `ServiceRefused` where it said no.
            AnswerError: an answer that is not Rekognition's.
        """
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        self._turn.attempts = 0
        try:
            answer: Mapping[str, Any] = self._again(getattr(self._client, operation), **question)
        except ClientError as error:
            refused = error.response.get("Error", {})
            code, message = refused.get("Code", ""), self._hide(str(refused.get("Message", "")))
            raise ServiceRefused(
                f"Rekognition refused {operation}: {self._hide(str(code))} {message:.200}".rstrip(),
                code,
                _HINTS.get(code),
            ) from None
        except _CutShort:
            raise TargetUnreachable(
                f"Rekognition gave no answer in {ATTEMPTS} attempts: each was cut short",
                hint="what was answered so far is kept",
            ) from None
        except ResponseParserError:
            raise AnswerError(f"Rekognition must answer {operation} in JSON") from None
        except BotoCoreError as error:
            raise TargetUnreachable(
                f"Rekognition gave no answer in {ATTEMPTS} attempts: {self._hide(str(error))}",
                hint="the target may be down or busy; what was answered so far is kept",
            ) from None
        return answer

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _hide(self, text: str) -> str:
        frozen = self._credentials.get_frozen_credentials()
        held = (frozen.access_key, frozen.secret_key, frozen.token)
        return Secrets({str(place): value for place, value in enumerate(held) if value}).hide(text)


class _Turn(threading.local):
    """What becomes of the request that this thread is sending: boto3 retries by itself."""

    attempts = 0
    billed = True

    def begin(self, **_: object) -> None:
        """An attempt begins, unless nobody wants it any more: boto3 pauses by itself, so that is
        noticed only after its pause."""
        check_wanted()
        if self.attempts:
            tell_retry(billed=self.billed)
        self.attempts += 1
        self.billed = True

    def end(self, response: tuple[object, Mapping[str, Any]] | None, **_: object) -> None:
        """An attempt was answered, or not."""
        code = response[1].get("Error", {}).get("Code") if response else None
        self.billed = _HINTS.get(code or "") is not _BUSY


class _CutShort(Exception):  # noqa: N818 - reads as a sentence where it is caught
    """The connection closed in the middle of an answer."""


def _check_whole(response_dict: Mapping[str, Any], **_: object) -> None:
    """Raise _CutShort where bytes are missing: boto3 takes such an answer for an empty one."""
    length = response_dict["headers"].get("Content-Length", "")
    if length.isdigit() and len(response_dict["body"]) < int(length):
        raise _CutShort


_WAYS = "aws configure, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_BUSY = "the service's rate is spent: run the same again later; what was answered is kept"
_HINTS = {
    "ThrottlingException": _BUSY,
    "ProvisionedThroughputExceededException": _BUSY,
    "LimitExceededException": _BUSY,
    "AccessDeniedException": "the credential must allow this operation of Rekognition",
    "UnrecognizedClientException": f"give a credential by {_WAYS}",
    "InvalidSignatureException": f"give a credential by {_WAYS}",
    "ExpiredTokenException": "renew the credential",
    "ResourceNotReadyException": "start the model version first",
    "ResourceNotFoundException": "compare the name or ARN with the console's",
}


def _quieten() -> None:
    """Keep boto3's debug log shut: it shows the access key and the session token."""
    for name in ("boto3", "botocore", "urllib3"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.INFO))
