"""Small pictures of what an isotope was put into: originals, and what became of each file."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from isotopes.app.render import app_of
from isotopes.errors import PhotoError
from isotopes.photos import read_picture

SIDE = 160  # pixels


def thumbnail(request: Request) -> Response:
    """One recorded picture of an isotope, as it lies in the folder that was marked."""
    wanted = request.query_params.get("name", "")
    with app_of(request).open_vault() as vault:
        isotope = request.path_params["isotope"]
        source = vault.summary(isotope).source
        known = any(entry.name == wanted for entry in vault.files(isotope))
    if not (source and known):  # nothing but recorded pictures is ever read here
        return PlainTextResponse("", 404)
    try:
        shown = Image.fromarray(read_picture(Path(source) / wanted))
    except (PhotoError, OSError):
        return PlainTextResponse("", 404)
    shown.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    shown.save(out, "JPEG", quality=80)
    return Response(out.getvalue(), media_type="image/jpeg")


ROUTES = [Route("/thumbnails/{isotope:path}", thumbnail)]
