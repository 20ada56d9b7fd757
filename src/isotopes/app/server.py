"""The application as an ASGI app, and its server on this machine's own address."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import Receive, Scope, Send

from isotopes.app import guard
from isotopes.app.job_files import Jobs
from isotopes.app.pages import folders, home, learn
from isotopes.app.render import app_of, problem
from isotopes.app.state import App
from isotopes.app.words import words
from isotopes.errors import IsotopesError

ADDRESS = "127.0.0.1"
REST_AFTER = 1.0  # seconds, so that the first page comes first
STATIC = {
    "htmx.min.js": "text/javascript",
    "app.js": "text/javascript",
    "app.css": "text/css",
    "guilty.svg": "image/svg+xml",
    "innocent.svg": "image/svg+xml",
}


def make_app(state: App, port: int) -> Starlette:
    """The application, for the server and for tests."""
    routes = [
        Route("/enter", _enter),
        Route("/static/{name}", _static),
        *home.ROUTES,
        *folders.ROUTES,
        *learn.ROUTES,
        Mount("", app=_rest),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(guard.Guard, app=state, port=port)],
        exception_handlers={IsotopesError: _told, 404: _missing, Exception: _broke},
    )
    app.state.app, app.state.cookie = state, guard.cookie_name(port)
    return app


def new_state(vault: str | None, folder: Path, start: Path) -> App:
    """The state of an application that keeps its things in `folder`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return App(vault, folder, start, Jobs(folder / "jobs"))


def serve(state: App, port: int, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C.

    Args:
        port: 0 for any free one.
        ready: called with the one-time address to open.
    """
    import uvicorn

    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((ADDRESS, port))
        except OSError as error:
            raise IsotopesError(
                f"port {port} of {ADDRESS} can't be used: {error.strerror}",
                hint="leave --port out for a free one",
            ) from error
        listening.listen()  # a fast browser waits instead of being refused
        port = listening.getsockname()[1]
        if not state.new:
            threading.Thread(target=_load_vault, daemon=True).start()
        app = make_app(state, port)
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        ready(f"http://{ADDRESS}:{port}/enter?token={state.entry_token}")
        uvicorn.Server(config).run(sockets=[listening])


async def _rest(scope: Scope, receive: Receive, send: Send) -> None:
    """All pages but the first ones."""
    router = await run_in_threadpool(_other_pages)
    await router(scope, receive, send)


def _load_vault() -> None:
    """Import the vault while the browser opens: the first page asks whether there is one."""
    import isotopes.vault.vault  # noqa: F401 - to have it loaded


@cache
def _other_pages() -> Router:
    """Marking and checking take a second to import."""
    from isotopes.app.pages import (
        check,
        isotopes,
        jobs,
        mark,
        networks,
        services,
        thumbnails,
        verdicts,
    )

    pages = (mark, isotopes, networks, services, check, thumbnails, verdicts, jobs)
    return Router([route for page in pages for route in page.ROUTES])


def _enter(request: Request) -> Response:
    cookie = app_of(request).enter(request.query_params.get("token", ""))
    if cookie is None:
        return PlainTextResponse(words()["errors"]["used_link"], 403)
    loading = threading.Timer(REST_AFTER, _other_pages)
    loading.daemon = True
    loading.start()
    response = RedirectResponse("/", 303)
    response.set_cookie(request.app.state.cookie, cookie, httponly=True, samesite="strict")
    return response


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name == "verdict.css":
        from isotopes.report.pages.render import style

        return Response(style(), media_type="text/css")
    if name not in STATIC:
        return PlainTextResponse("", 404)
    data = files("isotopes.app").joinpath("static", name).read_bytes()
    return Response(data, media_type=STATIC[name])


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, IsotopesError)
    return problem(request, 400, str(error), error.hint)


def _missing(request: Request, _error: Exception) -> Response:
    return problem(request, 404, words()["errors"]["missing"])


def _broke(request: Request, error: Exception) -> Response:
    """A fault of ours: the server prints it, the page says what to do."""
    return problem(request, 500, words()["errors"]["ours"].format(error=type(error).__name__))
