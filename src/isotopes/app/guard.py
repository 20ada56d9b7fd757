"""Who may ask this application: one browser on this machine, from its own pages.

Every page that the browser shows can reach a local server, and, through DNS rebinding, so can pages
that pretend to be at our address. So the Host header must name this machine, requests that change
something must have our own Origin, and every request needs the cookie that the one-time link gave.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from isotopes.app.state import App

OPEN = ("/enter", "/static/")  # reached without the cookie
LARGEST_FORM = 1 << 20  # bytes; models are uploaded to one address of their own
LARGEST_MODEL = 2 << 30
LARGEST_BACKUP = 1 << 30
LARGEST_DESCRIPTION = 8 << 20  # the names of 21,841 classes take half a megabyte, twice in a form
UPLOADS = {
    "/check": LARGEST_DESCRIPTION,
    "/check/try": LARGEST_DESCRIPTION,
    "/check/model": LARGEST_MODEL,
    "/isotopes/restore": LARGEST_BACKUP,
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# A verdict's page has its style inline, and runs no script.
VERDICT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
)


class Guard:
    """Middleware around the whole application."""

    def __init__(self, inner: ASGIApp, app: App, port: int) -> None:
        self._inner, self._app = inner, app
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self._origins = {f"http://{host}" for host in self._hosts}
        self._cookie = cookie_name(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._inner(scope, _limited(scope, receive), _with_headers(scope, send))

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if headers.get("host") not in self._hosts:
            return PlainTextResponse("This is not the address of this application.", 421)
        origin = headers.get("origin")
        changes = scope["method"] not in {"GET", "HEAD"}
        if (origin is not None and origin not in self._origins) or (changes and origin is None):
            return PlainTextResponse("Only this application's own pages may do that.", 403)
        if not scope["path"].startswith(OPEN):
            cookie = cookie_parser(headers.get("cookie", "")).get(self._cookie, "")
            if not self._app.knows(cookie):
                return PlainTextResponse(
                    "Open the link that `isotopes app` printed; start it again for a new one.", 401
                )
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > _most(scope):
            return PlainTextResponse("That is too much at once.", 413)
        return None


def cookie_name(port: int) -> str:
    """The session's cookie. Browsers send a machine's cookies to all its ports."""
    return f"isotopes_session_{port}"


def _most(scope: Scope) -> int:
    return UPLOADS.get(scope["path"], LARGEST_FORM)


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Enforce the limit for bodies that don't say how long they are, too."""
    left = _most(scope)

    async def limited() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        return {"type": "http.disconnect"} if left < 0 else message

    return limited


def _with_headers(scope: Scope, send: Send) -> Send:
    policy = VERDICT_POLICY if scope["path"].endswith("/page") else POLICY
    extra: Iterable[tuple[str, str]] = (
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    )

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in extra:
                headers[name] = value
        await send(message)

    return with_headers
