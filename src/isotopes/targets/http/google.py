"""Google's credentials: a token from the environment, or its own chain, renewed as it expires."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

from isotopes.errors import TargetUnreachable, TargetUnusable
from isotopes.targets.extras import missing
from isotopes.targets.http.calling import Signer
from isotopes.targets.http.environment import HIDDEN

TOKEN = "GOOGLE_OAUTH_ACCESS_TOKEN"
CREDENTIALS = (
    f"Google's own chain (gcloud auth application-default login, GOOGLE_APPLICATION_CREDENTIALS),"
    f" or a token in {TOKEN}",
)
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def google_access() -> tuple[dict[str, str], Signer | None]:
    """The headers that hold the token, or who signs each request in their place.

    Raises:
        TargetUnusable: no credential is to be found.
    """
    if os.environ.get(TOKEN):
        return {"Authorization": f"Bearer ${{{TOKEN}}}"}, None
    return {}, _ChainSigner()


class _ChainSigner(Signer):
    """Signs with what Google's own library finds on this machine."""

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

    def headers(self) -> Mapping[str, str]:
        with self._lock:
            self._renew()
            return {"Authorization": f"Bearer {self._credentials.token}"}

    def hide(self, text: str) -> str:
        token = self._credentials.token
        return text.replace(token, HIDDEN) if token else text

    def _renew(self) -> None:
        import google.auth

        if self._credentials.valid:
            return
        try:
            self._credentials.refresh(self._request)
        except google.auth.exceptions.GoogleAuthError as error:
            # Its own message may repeat what was sent to get the token.
            raise TargetUnreachable(
                f"Google gave no access token ({type(error).__name__})",
                hint="gcloud auth application-default login",
            ) from None
