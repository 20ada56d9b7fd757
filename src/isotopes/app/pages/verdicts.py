"""Verdicts that checks came to: the same pages as the command line writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from isotopes.app.render import app_of, page
from isotopes.app.state import App
from isotopes.app.words import words
from isotopes.errors import IsotopesError
from isotopes.files import atomic_write
from isotopes.report import verdict_page
from isotopes.verify import Verdict

ID = re.compile(r"[0-9a-f]{16}")


def keep(app: App, name: str, verdict: Verdict) -> None:
    """Keep a verdict under the name of the job that came to it."""
    folder = app.folder / "verdicts"
    folder.mkdir(exist_ok=True, mode=0o700)
    with atomic_write(folder / f"{name}.json", mode=0o600) as part:
        part.write_text(json.dumps(verdict.to_dict(), indent=2), encoding="utf-8")


def show(request: Request) -> Response:
    """The verdict inside the application, with its page and files to take away."""
    return page(request, "verdict.html", name=_name(request), verdict=_verdict(request))


def whole(request: Request) -> Response:
    """The page as the command line writes it: it loads nothing from anywhere."""
    return HTMLResponse(verdict_page(_verdict(request)))


def as_json(request: Request) -> Response:
    """The verdict to keep or to hand on."""
    name = _name(request)
    headers = {"content-disposition": f'attachment; filename="verdict-{name}.json"'}
    return Response(_path(request).read_bytes(), media_type="application/json", headers=headers)


def _name(request: Request) -> str:
    name: str = request.path_params["name"]
    if not ID.fullmatch(name):
        raise IsotopesError(words()["errors"]["no_verdict"])
    return name


def _path(request: Request) -> Path:
    path = app_of(request).folder / "verdicts" / f"{_name(request)}.json"
    if not path.is_file():
        raise IsotopesError(words()["errors"]["no_verdict"])
    return path


def _verdict(request: Request) -> Verdict:
    return Verdict.from_dict(json.loads(_path(request).read_text(encoding="utf-8")))


ROUTES = [
    Route("/verdicts/{name}", show),
    Route("/verdicts/{name}/page", whole),
    Route("/verdicts/{name}/json", as_json),
]
