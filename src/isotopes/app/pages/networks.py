"""Drop a network's file, complete its description in a form, try one picture."""

from __future__ import annotations

import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isotopes.app.pages.descriptions import description_of
from isotopes.app.pages.models import DESCRIPTION, best_labels, models_folder, write_description
from isotopes.app.render import app_of, page
from isotopes.app.state import App
from isotopes.app.words import words
from isotopes.errors import IsotopesError, PhotoError, TargetUnusable
from isotopes.photos import read_picture
from isotopes.photos.reading import shrunk
from isotopes.targets import Picture, open_target
from isotopes.targets.drafts import NetworkFields
from isotopes.targets.templates import describe_network

NETWORK = ".onnx"  # what may be dropped: it holds no code that runs
SIDE = 224  # pixels of the noise that is tried
LONGEST_SIDE = 512  # pixels of the photo that is tried
LONGEST_NAME = 80  # bytes of a file's name without its ending
DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9\u00b9\u00b2\u00b3]", re.IGNORECASE)
MOST_TRIED = 20  # originals, until one can be read


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
    return network_form(request, str(path), shown, text)


def network_form(request: Request, target: str, shown: str, text: str) -> Response:
    """The form for a network, filled in as far as `text`, its description or a draft, says it."""
    try:
        fields, as_text = NetworkFields.read(text), False
    except TargetUnusable:  # what a person wrote: they see it as it is
        fields, as_text = NetworkFields(), True
    return page(
        request,
        "check_model.html",
        target=target,
        shown=shown,
        fields=asdict(fields),
        scaled="scale" in NetworkFields().missing("" if as_text else text),
        description=text,
        as_text=as_text,
    )


async def attempt(request: Request) -> Response:
    """Ask the model about one picture, and show what it answers or what is missing."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    app, target = app_of(request), form.get("target", "")
    told: dict[str, Any] = {"as_text": "as_text" in form}
    told["description"] = form.get("description", "")

    def ask() -> Response:
        told["description"] = description_of(form)
        write_description(app, target, told["description"])
        model = open_target(target)
        try:
            photo = None if model.remote else find_photo(app, form.get("isotope", ""))
            scores = model.ask([noise() if photo is None else photo.picture])
        finally:
            model.close()
        found: dict[str, Any] = {"rows": best_labels(scores), "count": len(scores.labels)}
        return page(request, "check_tried.html", photo=photo, problem=None, **found, **told)

    try:
        return await run_in_threadpool(ask)
    except IsotopesError as error:
        where = str(Path(target).with_suffix(DESCRIPTION))
        problem = error.in_full.replace(where, words()["check"]["above"])
        return page(request, "check_tried.html", problem=problem, **told)


@dataclass(frozen=True)
class Photo:
    """One of a person's own photos, which the vault knows."""

    isotope: str
    name: str
    folder: str
    picture: Picture


def find_photo(app: App, isotope: str) -> Photo | None:
    """The first original of an isotope that can be read; None if there is none.

    A person can tell whether the answer fits it: so a wrong description shows.
    """
    if not isotope:
        return None
    with app.open_vault() as vault:
        usual, entries = vault.summary(isotope).source, vault.files(isotope)
    for entry in entries[:MOST_TRIED]:
        folder = entry.folder or usual
        try:
            picture = shrunk(read_picture(Path(folder) / entry.name), LONGEST_SIDE)
        except (PhotoError, OSError):
            continue
        return Photo(isotope, entry.name, folder, picture)
    return None


def noise() -> Picture:
    """A picture that shows nothing and says nothing about anybody."""
    return np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)


def _harmless(name: str) -> str:
    """A safe file name without its ending, as a verdict shows it; browsers may send any name.

    Names are limited to 255 bytes, and letters may take four. Windows opens a device for `con`.
    """
    kept = re.sub(r"[^\w.-]+", "_", Path(name).stem).strip("._").encode()[:LONGEST_NAME]
    found = kept.decode(errors="ignore").strip("._") or "model"
    return f"model_{found}" if DEVICES.fullmatch(found.partition(".")[0]) else found


ROUTES = [
    Route("/check/model", upload, methods=["POST"]),
    Route("/check/try", attempt, methods=["POST"]),
]
