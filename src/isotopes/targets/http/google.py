"""Google's credentials: a token from the environment, or its own chain, renewed on expiry."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

from isotopes.errors import TargetUnreachable, TargetUnusable
from isotopes.targets.extras import missing
from isotopes.targets.http.endpoint import Signer

TOKEN = "GOOGLE_OAUTH_ACCESS_TOKEN"
CREDENTIALS = (
    f"Google's own chain (gcloud auth application-default login, GOOGLE_APPLICATION_CREDENTIALS),"
    f" or a token in {TOKEN}",
)
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def google_access() -> tuple[dict[str, str], Signer | None]:
    """Headers that hold the token, or a signer that adds it to each request.

    Raises:
        TargetUnusable: there is no credential.
    """
    if os.environ.get(TOKEN):
        return {"Authorization": f"Bearer ${{{TOKEN}}}"}, None
    return {}, _ChainSigner()


class _ChainSigner(Signer):
    """Signs with the credential that Google's own library finds on this machine."""

    name = "Google's credential chain"

    def __init__(self) -> None:
        try:
            import google.auth
            import google.auth.transport.requests as transport
        except ImportError as error:
            raise missing("google-auth", "cloud") from error
        try:
            self._credentials: Any = google.auth.default(scopes=[_SCOPE])[0]
        except google.auth.exceptions.GoogleAuthError as error:
            raise TargetUnusable(
                "no Google credential was found",
                hint=f"gcloud auth application-default login, or export {TOKEN}=...",
            ) from error
        self._request = transport.Request()
        self._lock = threading.Lock()

    def headers(self, body: bytes) -> Mapping[str, str]:
        with self._lock:
            self._renew()
            return {"Authorization": f"Bearer {self._credentials.token}"}

    def credentials(self) -> tuple[str, ...]:
        token = self._credentials.token
        return (token,) if token else ()

    def _renew(self) -> None:
        import google.auth

        if self._credentials.valid:
            return
        try:
            self._credentials.refresh(self._request)
        except google.auth.exceptions.GoogleAuthError as error:
            # Its message may repeat what was sent to get the token.
            raise TargetUnreachable(
                f"Google gave no access token ({type(error).__name__})",
                hint="gcloud auth application-default login",
            ) from None
