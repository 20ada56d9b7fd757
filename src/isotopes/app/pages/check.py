"""Check a model: name it, choose pictures, agree to what asking takes, read the answer."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from isotopes.app.jobs import BackgroundJob
from isotopes.app.pages import verdicts
from isotopes.app.render import app_of, page
from isotopes.app.state import App
from isotopes.app.words import words
from isotopes.errors import IsotopesError
from isotopes.targets import open_target, target_kinds
from isotopes.targets.asking.budget import Estimate
from isotopes.vault import Vault
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.probes import ProbeFolder
from isotopes.workflows.checking.run import check_model as run_check

MODELS = (".onnx",)  # that may be dropped onto the page: they hold no code that runs


def choose(request: Request) -> Response:
    """The form."""
    app = app_of(request)
    names = []
    if Vault.exists(app.vault):
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


async def upload(request: Request) -> Response:
    """Take a model file, a piece at a time; what stands before it in the form is ignored."""
    folder = app_of(request).folder / "models"
    folder.mkdir(exist_ok=True, mode=0o700)
    form = await request.form(max_files=1)
    file = form.get("model")
    name = getattr(file, "filename", None) or ""
    if not name.lower().endswith(MODELS) or isinstance(file, str) or file is None:
        raise IsotopesError(words()["check"]["no_model"])
    # The name is the browser's word: only its ending is used.
    path = folder / f"{secrets.token_hex(8)}{MODELS[0]}"
    with path.open("wb") as out:
        while piece := await file.read(1 << 20):
            out.write(piece)
    path.chmod(0o600)
    return page(request, "check_model.html", target=str(path), shown=Path(name).name)


async def start(request: Request) -> Response:
    """Begin a check, in the background."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    for wanted in ("isotope", "target", "probes"):
        if not form.get(wanted):
            raise IsotopesError(words()["check"][f"missing_{wanted}"])
    job = await run_in_threadpool(resume, app_of(request), form)
    return RedirectResponse(f"/jobs/{job.id}", 303)


def resume(app: App, given: dict[str, Any]) -> BackgroundJob:
    """Begin, or go on with what the journal or the file of answers holds."""
    with app.open_vault() as vault:
        isotope = vault.get(given["isotope"])
    model = open_target(given["target"])
    probes = ProbeFolder(Path(given["probes"]).expanduser())
    terms = Terms(label=given.get("label") or None)

    def work(job: BackgroundJob) -> dict[str, Any]:
        def estimated(estimate: Estimate) -> None:
            if model.remote and estimate.queries:
                job.confirm([f"{words()['check']['asks']} {model.name}: {estimate}"])

        try:
            verdict = run_check(
                isotope,
                model,
                probes,
                terms,
                care=Care(),
                estimated=estimated,
                progress=job.progress,
            )
        finally:
            model.close()
        verdicts.keep(app, job.id, verdict)
        return {"verdict": str(verdict.verdict)}

    title = f"{words()['check']['checking']} {given.get('shown') or given['target']}"
    return app.jobs.start("check", title, dict(given), work)


ROUTES = [
    Route("/check", choose, methods=["GET"]),
    Route("/check", start, methods=["POST"]),
    Route("/check/model", upload, methods=["POST"]),
]
