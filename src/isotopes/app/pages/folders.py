"""A folder picker on the server's side: browsers hide the paths of chosen files."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isotopes.app.render import app_of, page

MOST = 500  # folders listed


def folders(request: Request) -> Response:
    """The folders inside one, and a form field that holds the chosen one."""
    wanted = Path(request.query_params.get("path") or app_of(request).start).expanduser()
    field = request.query_params.get("field", "folder")
    here = wanted if wanted.is_dir() else app_of(request).start
    inside, pictures, problem = _inside(here)
    return page(
        request,
        "folders.html",
        here=str(here),
        parent=str(here.parent) if here.parent != here else None,
        inside=inside[:MOST],
        more=max(0, len(inside) - MOST),
        field=field if field.isidentifier() else "folder",
        pictures=pictures,
        problem=problem,
    )


def _inside(folder: Path) -> tuple[list[tuple[str, str]], int, str]:
    """The folders inside, how many files look like pictures, and what went wrong."""
    from isotopes.photos.listing import MARKED  # the first page does without

    try:
        with os.scandir(folder) as scanned:
            entries = [entry for entry in scanned if not entry.name.startswith(".")]
            names = sorted(one.name for one in entries if one.is_dir(follow_symlinks=False))
    except OSError as error:
        return [], 0, error.strerror or str(error)
    pictures = sum(Path(one.name).suffix.lower() in MARKED for one in entries)
    return [(name, str(folder / name)) for name in names], pictures, ""


ROUTES = [Route("/folders", folders)]
