"""Amazon Rekognition (JSON 1.1): an operation, a question, an answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from isotopes.errors import AnswerError
from isotopes.targets.aws.signing import WAYS, SignatureV4, find_access
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http.caller import JsonCaller
from isotopes.targets.http.endpoint import Endpoint, ErrorCodes
from isotopes.targets.http.retries import Retries

SERVICE = "rekognition"
_BUSY = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestTimeout",
        "ThrottlingException",
    }
)
_HINTS = {
    "AccessDeniedException": "the credential must allow this operation of Rekognition",
    "UnrecognizedClientException": f"give a credential by {WAYS}",
    "InvalidSignatureException": f"give a credential by {WAYS}, and check this machine's clock",
    "ExpiredTokenException": "renew the credential",
    "ResourceNotReadyException": "start the model version first",
    "ResourceNotFoundException": "compare the name or ARN with the console's",
}
_ERRORS = ErrorCodes("__type", _BUSY, _HINTS)
T = TypeVar("T")


class Rekognition:
    """One region of the service. Threads may share it."""

    def __init__(self, region: str | None, url: str | None, connections: int) -> None:
        """Prepare to ask; nothing is sent yet.

        Args:
            region: None for the one that Amazon's own chain names.
            url: of another server; None for what the chain says, which is usually Amazon's.

        Raises:
            TargetUnusable: boto3 is not installed, or there is no region or no credential.
        """
        self._access = find_access(SERVICE, region, url)
        self._connections = connections
        self._callers: dict[str, JsonCaller] = {}  # one for each operation
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where it is asked."""
        return self._access.url

    @property
    def destination(self) -> str:
        """Where requests go and which credentials they carry, in words."""
        return self._endpoint("").destination

    def call(
        self,
        operation: str,
        question: Mapping[str, object],
        read: Callable[[Mapping[str, Any]], T],
        gate: Gate = OPEN,
    ) -> T:
        """Ask for one operation, such as ``DetectLabels``, and `read` the answer.

        Raises:
            TargetUnreachable: no answer after all retries; `ServiceRefused` if Rekognition refused.
            AnswerError: an answer that is not Rekognition's; or as `read`.
        """
        with self._lock:
            if operation not in self._callers:
                self._callers[operation] = JsonCaller(self._endpoint(operation))
        body = json.dumps(question).encode()
        return self._callers[operation].call(body, partial(_read, operation, read), gate)

    def close(self) -> None:
        """Close all connections."""
        for caller in self._callers.values():
            caller.close()

    def _endpoint(self, operation: str) -> Endpoint:
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"RekognitionService.{operation}",
        }
        return Endpoint(
            self._access.url,
            headers=headers,
            timeout=30.0,
            retries=Retries(most=5, longest=20.0),
            connections=self._connections,
            signer=SignatureV4(SERVICE, self._access, headers),
            errors=_ERRORS,
        )


def _read(operation: str, read: Callable[[Mapping[str, Any]], T], answer: object) -> T:
    if not isinstance(answer, dict):
        raise AnswerError(f"Rekognition must answer {operation} with a JSON object")
    return read(answer)
