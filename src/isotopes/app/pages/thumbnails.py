"""Thumbnails of the pictures that an isotope was put into, from the folder that was marked."""

from __future__ import annotations

import io
import threading
from pathlib import Path

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isotopes.app.render import app_of
from isotopes.errors import PhotoError
from isotopes.photos.reading import read_small

SIDE = 160  # pixels
# Shown instead of an unreadable picture: a broken picture makes the whole page look broken.
NOTHING = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
AT_ONCE = threading.Semaphore(2)  # decoded pictures are large, and a browser asks for many


def thumbnail(request: Request) -> Response:
    """One recorded picture of an isotope, as it lies in the folder that was marked."""
    wanted, folder = request.query_params.get("name", ""), request.query_params.get("folder")
    with app_of(request).open_vault() as vault:
        isotope = request.path_params["isotope"]
        source = vault.summary(isotope).source
        known = [entry for entry in vault.files(isotope) if entry.name == wanted]
    # Of pictures that have one name in several folders, the one asked for, or the newest.
    known = [entry for entry in known if entry.folder == folder] or known
    place = max(known, key=lambda entry: entry.added).folder or source if known else ""
    if not place:  # nothing but recorded pictures is ever read here
        return Response(NOTHING, media_type="image/svg+xml")
    try:
        with AT_ONCE:
            shown = _small(Path(place) / wanted)
    except (PhotoError, OSError):
        return Response(NOTHING, media_type="image/svg+xml")
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=80)
    return Response(out.getvalue(), media_type="image/jpeg")


def _small(path: Path) -> Image.Image:
    pixels = read_small(path, SIDE)
    shown = Image.fromarray(pixels)
    shown.thumbnail((SIDE, SIDE))
    return shown


ROUTES = [Route("/thumbnails/{isotope:path}", thumbnail)]
