"""Mark a folder: choose it, look at your own photos at three strengths, mark."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from isotopes.app.jobs import BackgroundJob
from isotopes.app.render import app_of, go, page
from isotopes.app.state import App
from isotopes.app.words import words
from isotopes.defaults import DEFAULT_FAMILY
from isotopes.errors import FolderError, IsotopesError, PhotoError, PlanError
from isotopes.workflows.expecting import expect
from isotopes.workflows.marking import MarkRequest, mark_into_vault, open_workers, survey
from isotopes.workflows.marking.continuing import request_more
from isotopes.workflows.marking.looking import Look, get_look
from isotopes.workflows.robustness.changes import chain
from isotopes.workflows.robustness.measure import Kept, photo_survival

USUAL = "faint"  # strength, by default
LARGEST = 1600  # pixels of a picture's longer side on a page
MOST_FILES = 2000  # shown with their fates
MOST_PLACES = 50  # photos whose metadata are looked at before marking


@dataclass(frozen=True)
class MarkForm:
    """What the form says."""

    folder: Path
    out: Path
    name: str
    strength: str
    label: str | None
    strip: str | None
    opt_out: bool = False
    add_to: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "folder": str(self.folder),
            "out": str(self.out),
            "name": self.name,
            "strength": self.strength,
            "label": self.label,
            "strip": self.strip,
            "opt_out": self.opt_out,
            "add_to": self.add_to,
        }

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> MarkForm:
        folder = Path(given["folder"]).expanduser()
        out = given.get("out") or f"{folder}-marked"
        return cls(
            folder,
            Path(out).expanduser(),
            given.get("name") or folder.name,
            given.get("strength") or USUAL,
            given.get("label") or None,
            given.get("strip") or None,
            bool(given.get("opt_out")),
            given.get("add_to") or None,
        )

    def request(self, app: App) -> MarkRequest:
        """The request as the command line makes it; with `add_to`, on that isotope's terms."""
        strip: Any = self.strip if self.strip in {"gps", "all"} else None
        if self.add_to is not None:
            with app.open_vault() as vault:
                more = request_more(vault, self.add_to, self.folder, self.out, strip=strip)
            return replace(more, opt_out=self.opt_out)
        return MarkRequest(
            self.folder,
            self.out,
            self.name,
            label=self.label,
            strip=strip,
            opt_out=self.opt_out,
            **get_look(self.strength).settings,
        )


def choose(request: Request) -> Response:
    """The page where marking begins."""
    return page(
        request,
        "mark.html",
        unlocked=app_of(request).unlocked,
        add_to=request.query_params.get("add_to", ""),
    )


def look(request: Request) -> Response:
    """What a folder holds, and one of its photos at each strength."""
    folder = Path(request.query_params.get("folder", "")).expanduser()
    photos = [str(path) for path in photos_of(folder)]
    if not photos:
        raise IsotopesError(words()["mark"]["no_photos"])
    shown = request.query_params.get("photo") or photos[len(photos) // 2]
    strength = request.query_params.get("strength")
    return page(
        request,
        "mark_look.html",
        folder=str(folder),
        add_to=request.query_params.get("add_to", ""),
        out=f"{folder}-marked",
        photos=photos[:MOST_FILES],
        photo=shown,
        count=len(photos),
        looks=[get_look(name) for name in Look.names()],
        strength=strength if strength in Look.names() else USUAL,
    )


def picture(request: Request) -> Response:
    """One photo as it is, or with a mark that nobody will publish."""
    photo = Path(request.query_params.get("photo", ""))
    strength = request.query_params.get("strength")
    image = get_look(strength).of(photo) if strength else get_look(Look.names()[0]).before(photo)
    shown = Image.fromarray(image)
    if not request.query_params.get("full"):
        shown.thumbnail((LARGEST, LARGEST))
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=92)
    return Response(out.getvalue(), media_type="image/jpeg")


def measure(request: Request) -> Response:
    """How far a photo at one strength is from the original; the page doesn't wait for it."""
    asked = request.query_params
    return PlainTextResponse(measured(asked.get("photo", ""), asked.get("strength") or USUAL))


def full(request: Request) -> Response:
    """One photo before and after, pixel by pixel."""
    photo, strength = request.query_params.get("photo", ""), request.query_params.get("strength")
    if strength not in Look.names():
        strength = USUAL
    found = measured(photo, strength)
    return page(request, "mark_full.html", photo=photo, strength=strength, measured=found)


async def start(request: Request) -> Response:
    """Begin to mark, in the background."""
    form = await request.form()
    choice = MarkForm.from_dict({name: str(value) for name, value in form.items()})
    job = await run_in_threadpool(resume, app_of(request), choice.to_dict())
    return go(request, f"/jobs/{job.id}")


def resume(app: App, given: dict[str, Any]) -> BackgroundJob:
    """Begin to mark, or resume: both are the same."""
    choice = MarkForm.from_dict(given)
    request = choice.request(app)
    # It reports an unusable folder before the job begins. The browser goes first.
    workers = open_workers(request, polite=True)

    def work(job: BackgroundJob) -> dict[str, Any]:
        with workers, app.open_vault() as vault:
            found = survey(request, workers)
            return mark_into_vault(request, vault, found, workers, job.progress).to_dict()

    title = f"{words()['mark']['marking']} {choice.folder.name}"
    return app.jobs.start("mark", title, choice.to_dict(), work)


def chances(request: Request) -> Response:
    """Will it be found? An expectation from marks that were measured."""
    asked = request.query_params
    try:
        share, count = float(asked.get("share", "")) / 100, int(asked.get("count", ""))
        if not (0 < share <= 1 and count >= 1):
            raise ValueError
        look = get_look(asked.get("strength") or USUAL)
        looks = {look.name: look.settings["alpha"]}
        found = expect(round(count / share), DEFAULT_FAMILY, visibilities=looks, shares=(share,))
    except (ValueError, PlanError, FolderError):
        return PlainTextResponse(words()["mark"]["found_not"])
    text = words()["mark"]["found_what"].format(
        share=share,
        power=found.chances[0].power,
        low=found.chances[0].low,
        high=found.chances[0].high,
        models=found.models,
    )
    return PlainTextResponse(text)


def survival(request: Request) -> Response:
    """What will be left? How much of such a mark is left after what sites do to a photo."""
    photo = Path(request.query_params.get("photo", ""))
    strength = request.query_params.get("strength") or USUAL
    try:
        found = photo_survival(photo, DEFAULT_FAMILY, strength)
    except PhotoError as error:
        return PlainTextResponse(str(error))
    return page(
        request,
        "mark_survival.html",
        usual=[one for one in found if one.change in chain.CHANGES],
        single=[one for one in found if one.change not in chain.CHANGES],
        part=[one.change for one in found if one.kept is Kept.PART],
        little=[one.change for one in found if one.kept is Kept.LITTLE],
    )


def places(request: Request) -> Response:
    """How many of a folder's photos say where they were taken, of some spread over all."""
    photos = photos_of(Path(request.query_params.get("folder", "")).expanduser())
    looked = photos[:: -(-len(photos) // MOST_PLACES) or 1]
    found = sum(map(_says_where, looked))
    return PlainTextResponse(words()["mark"]["places"].format(found=found, looked=len(looked)))


def _says_where(photo: Path) -> bool:
    from isotopes.photos.formats.finished import find_position

    try:
        return find_position(photo.read_bytes()) is not None
    except (PhotoError, OSError):
        return False


def photos_of(folder: Path) -> list[Path]:
    """The pictures of a folder that can be marked."""
    from isotopes.photos import Fate, scan

    return [folder / entry.name for entry in scan(folder) if entry.fate is Fate.MARKABLE]


def measured(photo: str, strength: str) -> str:
    """How far the marked photo is from the original, in words; empty if it can't be marked."""
    try:
        return get_look(strength).in_words(Path(photo))
    except PhotoError:
        return ""


ROUTES = [
    Route("/mark", choose, methods=["GET"]),
    Route("/mark", start, methods=["POST"]),
    Route("/mark/look", look),
    Route("/mark/places", places),
    Route("/mark/chances", chances),
    Route("/mark/survival", survival),
    Route("/mark/picture", picture),
    Route("/mark/full", full),
    Route("/mark/measure", measure),
]
