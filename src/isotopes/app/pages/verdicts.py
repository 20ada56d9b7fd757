"""Verdicts of finished checks: the same pages and bundles as the command line writes."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from isotopes.app.render import app_of, page
from isotopes.app.state import App
from isotopes.app.words import words
from isotopes.errors import IsotopesError
from isotopes.files import atomic_write
from isotopes.report.pages.background import Background
from isotopes.report.pages.content import Page
from isotopes.report.pages.make import make_page
from isotopes.report.pages.render import as_html, as_parts, write_report
from isotopes.verify import Verdict
from isotopes.workflows.backgrounds import backgrounds, with_secrets
from isotopes.workflows.evidence import make_bundle, write_bundle

ID = re.compile(r"[0-9a-f]{16}")


def keep(app: App, name: str, verdict: Verdict, answers: Path) -> None:
    """Keep a verdict and its answers under the name of the job that made it."""
    folder = app.folder / "verdicts"
    folder.mkdir(exist_ok=True, mode=0o700)
    answers.replace(folder / f"{name}.npz")
    with atomic_write(folder / f"{name}.json", mode=0o600) as part:
        part.write_text(json.dumps(verdict.to_dict(), indent=2), encoding="utf-8")


def show(request: Request) -> Response:
    """The verdict inside the application; the mark itself only while the keys are open."""
    app, verdict = app_of(request), _verdict(request)
    known = _known(request, verdict)
    if app.unlocked and known:
        with app.open_vault() as vault:
            isotope = vault.get(known[0].isotope)
            known = (with_secrets(known[0], isotope, vault.files(isotope.name)),)
    answer, details = as_parts(make_page(verdict, known))
    return page(request, "verdict.html", name=_name(request), answer=answer, details=details)


def look(request: Request) -> Response:
    """The page to hand on, to look at: as the command line writes it, without the mark."""
    return HTMLResponse(as_html(_shared(request)))


def as_page(request: Request) -> Response:
    """The page to hand on, to save."""
    found = _shared(request)
    return _download(request, "html", "text/html", lambda path: write_report(found, path))


def as_pdf(request: Request) -> Response:
    """The same on A4."""
    found = _shared(request)
    return _download(request, "pdf", "application/pdf", lambda path: write_report(found, path))


def as_json(request: Request) -> Response:
    """The verdict to keep or to hand on."""
    data = _path(request).read_bytes()
    return _download(request, "json", "application/json", lambda path: path.write_bytes(data))


def evidence(request: Request) -> Response:
    """All parts of the check in one archive; the commitment stays closed."""
    with app_of(request).open_vault() as vault:
        bundle = make_bundle(_path(request).with_suffix(".npz"), vault)
    return _download(request, "zip", "application/zip", lambda path: write_bundle(bundle, path))


def _download(
    request: Request, ending: str, media_type: str, write: Callable[[Path], object]
) -> Response:
    name = f"verdict-{_name(request)}.{ending}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        data = path.read_bytes()
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=media_type, headers=headers)


def _shared(request: Request) -> Page:
    """The page for others: without the mark, whether the keys are open or not."""
    verdict = _verdict(request)
    return make_page(verdict, _known(request, verdict))


def _known(request: Request, verdict: Verdict) -> tuple[Background, ...]:
    asked = datetime.fromtimestamp(_path(request).stat().st_mtime, UTC)
    with app_of(request).open_vault() as vault:
        return backgrounds(
            vault,
            [verdict.commitment],
            plan_hash=verdict.plan_hash,
            asked=asked.isoformat(timespec="seconds"),
        )


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
    Route("/verdicts/{name}/page", look),
    Route("/verdicts/{name}/html", as_page),
    Route("/verdicts/{name}/pdf", as_pdf),
    Route("/verdicts/{name}/json", as_json),
    Route("/verdicts/{name}/evidence", evidence),
]
