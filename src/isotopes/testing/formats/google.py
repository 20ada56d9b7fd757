"""How all of Google's services refuse a request."""

from __future__ import annotations

import json

_NAMES = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED"}


def google_error(status: int, message: str) -> bytes:
    """A refusal in the form of Google's REST services (google.rpc.Status as JSON)."""
    name = _NAMES.get(status, "UNKNOWN")
    return json.dumps({"error": {"code": status, "message": message, "status": name}}).encode()
