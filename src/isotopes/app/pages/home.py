"""The first page, and the passphrase."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from isotopes.app.render import app_of, page
from isotopes.app.words import words
from isotopes.errors import IsotopesError


def home(request: Request) -> Response:
    """What there is to do; it asks for the passphrase first, if there is none yet."""
    app = app_of(request)
    restored = "restored" in request.query_params and not app.new
    told = words()["home"]["restored"] if restored else ""
    return page(request, "home.html", new=app.new, unlocked=app.unlocked, error="", told=told)


async def unlock(request: Request) -> Response:
    """Take the passphrase and go where the person wanted to go."""
    app, form = app_of(request), await request.form()
    passphrase, again = str(form.get("passphrase", "")), form.get("again")
    if again is not None and again != passphrase:
        problem = words()["home"]["differ"]
    else:
        try:
            await run_in_threadpool(app.unlock, passphrase)
            return RedirectResponse("/", 303)
        except IsotopesError as error:
            problem = error.in_full
    return page(request, "home.html", 400, new=app.new, unlocked=False, error=problem, told="")


async def strength(request: Request) -> Response:
    """Rate the passphrase while the person types it."""
    from isotopes.vault.keys.strength import describe_weakness

    passphrase = str((await request.form()).get("passphrase", ""))
    if not passphrase:
        return PlainTextResponse("")
    return PlainTextResponse(describe_weakness(passphrase) or words()["home"]["strong"])


async def lock(request: Request) -> Response:
    """Forget the passphrase."""
    app_of(request).lock()
    return RedirectResponse("/", 303)


ROUTES = [
    Route("/", home),
    Route("/unlock", unlock, methods=["POST"]),
    Route("/strength", strength, methods=["POST"]),
    Route("/lock", lock, methods=["POST"]),
]
