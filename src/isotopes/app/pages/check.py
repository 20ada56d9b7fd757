"""Check a model: name it, choose pictures, agree to what asking takes, read the answer."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isotopes.app.jobs import BackgroundJob
from isotopes.app.pages import models, verdicts
from isotopes.app.pages.descriptions import PREFIXES, description_of, keep_key
from isotopes.app.render import app_of, go, page
from isotopes.app.state import App
from isotopes.app.words import words
from isotopes.errors import IsotopesError
from isotopes.targets import target_kinds
from isotopes.targets.asking.budget import Estimate
from isotopes.verify.evidence.interim import InterimScores
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.hooks import Hooks
from isotopes.workflows.checking.pictures import find_pictures
from isotopes.workflows.checking.run import check_model as run_check
from isotopes.workflows.opening import open_model


def choose(request: Request) -> Response:
    """The form."""
    app = app_of(request)
    names = []
    if not app.new:
        with app.open_vault() as vault:
            names = vault.names()
    kinds = {name: kind.summary for name, kind in target_kinds().items()}
    return page(
        request,
        "check.html",
        names=names,
        kinds=kinds,
        chosen=request.query_params.get("isotope", ""),
        unlocked=app.unlocked,
    )


async def start(request: Request) -> Response:
    """Begin a check, in the background."""
    given = {name: str(value) for name, value in (await request.form()).items()}
    keep_key(given)
    # The job keeps the rest; its description holds what these forms say.
    form = {name: value for name, value in given.items() if not name.startswith(PREFIXES)}
    for wanted in ("isotope", "target"):
        if not form.get(wanted):
            raise IsotopesError(words()["check"][f"missing_{wanted}"])
    form["description"] = description_of(given)
    job = await run_in_threadpool(resume, app_of(request), form)
    return go(request, f"/jobs/{job.id}")


def resume(app: App, given: dict[str, Any]) -> BackgroundJob:
    """Begin a check, or resume it from the journal or the file of answers."""
    asked_about = given.get("about", "mine")
    not_mine = asked_about == "others"
    probes = None if asked_about == "mine" else _folder(given.get("probes"))
    mine = None if not_mine else _folder(given.get("mine"))
    with app.open_vault() as vault:
        isotope = vault.get(given["isotope"])
        pictures, own = find_pictures(
            vault, isotope, probes, mine, not_mine=not_mine, published=None
        )
    models.write_description(app, given["target"], given.get("description", ""))
    model = open_model(given["target"])
    answers = _answers_path(app, given)
    terms = Terms(label=given.get("label") or None, disguise=given.get("disguise") == "yes")

    def work(job: BackgroundJob) -> dict[str, Any]:
        def estimated(estimate: Estimate) -> None:
            if model.remote and estimate.queries:
                lines = [f"{words()['check']['asks']} {model.name}: {estimate}"]
                job.confirm(lines if not_mine else [*lines, words()["check"]["sees_mine"]])

        try:
            verdict = run_check(
                isotope,
                model,
                pictures,
                terms,
                own=own,
                care=Care(),
                hooks=Hooks(estimated=estimated, progress=job.progress, answered=job.watch),
                answers_path=answers,
            )
        finally:
            model.close()
        if verdict.score is not None:
            # A check may end before its first chart: show the scores that were tested.
            job.scores = InterimScores(verdict.score, verdict.decoy_scores)
        verdicts.keep(app, job.id, verdict, answers)
        return {"verdict": str(verdict.verdict)}

    title = f"{words()['check']['checking']} {given.get('shown') or given['target']}"
    return app.jobs.start("check", title, dict(given), work)


def _folder(given: str | None) -> Path | None:
    return Path(given).expanduser() if given else None


def _answers_path(app: App, given: dict[str, Any]) -> Path:
    """Where this check's answers are kept: the same file when it resumes after a stop."""
    folder = app.folder / "answers"
    folder.mkdir(exist_ok=True, mode=0o700)
    if not verdicts.ID.fullmatch(given.get("answers", "")):
        given["answers"] = secrets.token_hex(8)
    return folder / f"{given['answers']}.npz"


ROUTES = [
    Route("/check", choose, methods=["GET"]),
    Route("/check", start, methods=["POST"]),
]
