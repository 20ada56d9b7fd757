"""Work in the background: its progress, stop, confirm, forget."""

from __future__ import annotations

from collections import Counter

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from isotopes.app.jobs import BackgroundJob
from isotopes.app.pages import check, mark
from isotopes.app.render import app_of, page, problem
from isotopes.app.words import words
from isotopes.errors import IsotopesError
from isotopes.photos import Fate

SHOWN = 500  # files with their fates; those that weren't marked come first
STOP_POLLING = 286  # htmx takes this status so
MARKED = str(Fate.MARKED)
RESUME = {"mark": mark.resume, "check": check.resume}


def show(request: Request) -> HTMLResponse:
    """The page of one piece of work."""
    return _page(request, "job.html", _job(request))


def state(request: Request) -> Response:
    """The part of the page that changes; the browser polls it while the job runs.

    At the end it is the whole content: polling stops then, and if another tab took the job away.
    """
    job = app_of(request).jobs.get(request.path_params["job"])
    if job is None:
        response = problem(request, 400, words()["errors"]["no_job"])
        response.status_code = STOP_POLLING
    elif job.over:
        response = _page(request, "job.html", job)
        response.headers["HX-Retarget"] = response.headers["HX-Reselect"] = "#main"
    else:
        response = _page(request, "job_state.html", job)
    return response


def stop(request: Request) -> Response:
    """End it; what was done is kept."""
    job = _job(request)
    job.stop()
    return RedirectResponse(f"/jobs/{job.id}", 303)


def agree(request: Request) -> Response:
    """The person agrees to what it asks."""
    job = _job(request)
    job.agree()
    return RedirectResponse(f"/jobs/{job.id}", 303)


def resume(request: Request) -> Response:
    """Start the job again: it resumes where it was."""
    old = _job(request)
    with app_of(request).jobs.replaced(old):
        job = RESUME[old.kind](app_of(request), old.request)
    return RedirectResponse(f"/jobs/{job.id}", 303)


def forget(request: Request) -> Response:
    """Take it off the list."""
    job = _job(request)
    if job.over:
        app_of(request).jobs.forget(job)
    return RedirectResponse("/", 303)


def _page(request: Request, template: str, job: BackgroundJob) -> HTMLResponse:
    marked = list(job.outcome.get("isotopes", ()))
    files = sorted(job.outcome.get("files", ()), key=lambda file: file["fate"] == MARKED)
    return page(
        request,
        template,
        job=job,
        isotope=marked[0] if len(marked) == 1 else None,
        files=files,
        fates=Counter(file["fate"] for file in files).most_common(),
        shown=SHOWN,
    )


def _job(request: Request) -> BackgroundJob:
    job = app_of(request).jobs.get(request.path_params["job"])
    if job is None:
        raise IsotopesError(words()["errors"]["no_job"])
    return job


ROUTES = [
    Route("/jobs/{job}", show),
    Route("/jobs/{job}/state", state),
    Route("/jobs/{job}/stop", stop, methods=["POST"]),
    Route("/jobs/{job}/agree", agree, methods=["POST"]),
    Route("/jobs/{job}/resume", resume, methods=["POST"]),
    Route("/jobs/{job}/forget", forget, methods=["POST"]),
]
