"""Who may ask: bearers of a token. Only hashes of tokens are stored."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from isotopes.errors import IsotopesError, unreadable

SCHEME = "bearer "


def new_token() -> tuple[str, str]:
    """A fresh token, and the line that allows it."""
    token = secrets.token_urlsafe(32)
    return token, hashed(token)


def hashed(token: str) -> str:
    """The line that allows this token."""
    return f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"


def read_tokens(path: Path) -> frozenset[str]:
    """The lines of a file of hashes; lines that begin with # are comments.

    Raises:
        IsotopesError: the file can't be read, holds no hash, or a line is not a hash.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = unreadable(path, error) if isinstance(error, OSError) else f"{path}: {error}"
        raise IsotopesError(reason) from error
    found = [line for line in lines if line and not line.startswith("#")]
    if not found or any(not line.startswith("sha256:") or len(line) != 71 for line in found):
        raise IsotopesError(
            f"{path} must hold a line sha256:... for each token",
            hint="`isotopes serve --new-token` makes a token and its line",
        )
    return frozenset(found)


def is_let_in(authorization: str, allowed: frozenset[str]) -> bool:
    """Does this Authorization header carry an allowed token?

    It looks up hashes, so the time it takes reveals nothing about a token.
    """
    if not authorization.lower().startswith(SCHEME):
        return False
    return hashed(authorization[len(SCHEME) :].strip()) in allowed
