"""Drop a model's file, complete its description, try one picture."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isotopes.app.render import app_of, page
from isotopes.app.state import App
from isotopes.app.words import words
from isotopes.errors import IsotopesError
from isotopes.targets import Scores, open_target
from isotopes.targets.templates import describe_network

NETWORK, DESCRIPTION = ".onnx", ".toml"  # what may be dropped: neither holds code that runs
SHOWN = 10  # labels of an answer, the best ones
SIDE = 224  # pixels of the picture that is tried


async def upload(request: Request) -> Response:
    """Receive a network's file, and its description if there is one."""
    form = await request.form(max_files=2)
    files = {}
    for file in form.getlist("model"):
        if isinstance(file, UploadFile) and file.filename:
            files[Path(file.filename).suffix.lower()] = file
    if NETWORK not in files:
        raise IsotopesError(words()["check"]["no_model"])
    shown = Path(str(files[NETWORK].filename)).name
    path = models_folder(app_of(request)) / secrets.token_hex(8) / f"{_harmless(shown)}{NETWORK}"
    path.parent.mkdir(mode=0o700)
    for ending, file in files.items():
        if ending in {NETWORK, DESCRIPTION}:
            with path.with_suffix(ending).open("wb") as out:
                while piece := await file.read(1 << 20):
                    out.write(piece)
            path.with_suffix(ending).chmod(0o600)
    given = path.with_suffix(DESCRIPTION)
    if given.is_file():
        text = given.read_text(encoding="utf-8", errors="replace")
    else:
        text = await run_in_threadpool(describe_network, path)
    return page(request, "check_model.html", target=str(path), shown=shown, description=text)


async def attempt(request: Request) -> Response:
    """Ask the model about one random picture, and show what it answers or what is missing."""
    form = await request.form()
    target, description = str(form.get("target", "")), str(form.get("description", ""))

    def ask() -> Response:
        write_description(app_of(request), target, description)
        model = open_target(target)
        try:
            rng = np.random.default_rng(0)
            scores = model.ask([rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8)])
        finally:
            model.close()
        rows, count = best_labels(scores), len(scores.labels)
        return page(request, "check_tried.html", rows=rows, count=count, problem=None)

    try:
        return await run_in_threadpool(ask)
    except IsotopesError as error:
        where = str(Path(target).with_suffix(DESCRIPTION))
        problem = error.in_full.replace(where, words()["check"]["above"])
        return page(request, "check_tried.html", rows=[], count=0, problem=problem)


def best_labels(scores: Scores) -> list[tuple[str, str]]:
    """The best labels of an answer with their scores, for a table."""
    found = zip(scores.labels, scores.values[0].tolist(), strict=True)
    best = sorted((pair for pair in found if pair[1] == pair[1]), key=lambda pair: -pair[1])
    return [(label, f"{score:.4f}") for label, score in best[:SHOWN]]


def write_description(app: App, target: str, description: str) -> None:
    """Write the description to where the model's kind looks for it.

    It writes nothing for a model outside the application's own folder.
    """
    path = Path(target)
    if not description.strip() or models_folder(app) not in path.parents:
        return
    path.with_suffix(DESCRIPTION).write_text(description.replace("\r\n", "\n"), encoding="utf-8")
    path.with_suffix(DESCRIPTION).chmod(0o600)


def _harmless(name: str) -> str:
    """A safe file name without its ending, as a verdict shows it; browsers may send any name."""
    return re.sub(r"[^\w.-]+", "_", Path(name).stem).strip("._")[:80] or "model"


def models_folder(app: App) -> Path:
    """Where dropped files and descriptions lie."""
    folder = app.folder / "models"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


ROUTES = [
    Route("/check/model", upload, methods=["POST"]),
    Route("/check/try", attempt, methods=["POST"]),
]
