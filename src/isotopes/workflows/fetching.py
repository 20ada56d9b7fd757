"""One small document from the web: a beacon's value, an authority's time stamp."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from isotopes.errors import VaultError
from isotopes.targets.http.endpoint import plain_address

TIMEOUT_SECONDS = 30.0
MOST_BYTES = 65_536


def is_url(text: str) -> bool:
    """Does it name something on the web?"""
    return text.startswith(("https://", "http://"))


def fetch(url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
    """What the address answers: GET, or POST if there is a body.

    Raises:
        VaultError: not an http address, no answer, an error, or more than 65,536 bytes.
    """
    if not is_url(url):
        raise VaultError(f"an address must start with https:// or http://, got {url!r}")
    request = Request(url, data=body, headers=dict(headers or {}))  # noqa: S310 - checked above
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            found: bytes = answer.read(MOST_BYTES + 1)
    except HTTPError as error:
        where = error.headers.get("Location")
        points = f", which points to {plain_address(urljoin(url, where))}" if where else ""
        raise VaultError(
            f"{url} answers with an error: {error.code} {error.reason}{points}"
        ) from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise VaultError(f"{url} can't be reached: {reason}") from None
    if len(found) > MOST_BYTES:
        raise VaultError(f"{url} answers with more than {MOST_BYTES:,} bytes")
    return found
