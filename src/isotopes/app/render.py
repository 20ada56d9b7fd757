"""Pages from templates: everything that is shown is escaped, for HTML and for people."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment
from markupsafe import Markup
from markupsafe import escape as markup_escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from isotopes.app.state import App
from isotopes.app.watching import drawn
from isotopes.app.words import words
from isotopes.escaping import escape, escape_lines
from isotopes.report.templating import environment


def app_of(request: Request) -> App:
    """The state of the application that serves this request."""
    found: App = request.app.state.app
    return found


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page, or a part of one, from `templates/`."""
    app = app_of(request)
    found = _environment().get_template(template)
    text = found.render(words=words(), t=words(), app=app, path=request.url.path, **values)
    return HTMLResponse(text, status)


def go(request: Request, address: str) -> Response:
    """Lead the browser to another page, after a whole form or a part of a page."""
    if "hx-request" in request.headers:
        return Response(headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def problem(request: Request, status: int, message: str, hint: str | None = None) -> HTMLResponse:
    """What went wrong, as a page, or in the part of a page that asked.

    That part keeps its place, so that the person can try again there.
    """
    if "hx-request" not in request.headers:
        back = urlsplit(request.headers.get("referer", "")).path
        return page(request, "error.html", status, message=message, hint=hint, back=back)
    response = page(request, "problem.html", status, message=message, hint=hint)
    response.headers["HX-Reswap"], response.headers["HX-Reselect"] = "innerHTML", "unset"
    return response


@cache
def _environment() -> Environment:
    made = environment(_source, escape)
    made.globals["drawn"] = drawn
    made.filters["lined"] = _lined
    return made


def _source(name: str) -> str:
    return files("isotopes.app").joinpath("templates", name).read_text(encoding="utf-8")


def _lined(text: str) -> Markup:
    """A text that keeps its line feeds."""
    return Markup(markup_escape(escape_lines(text)))
