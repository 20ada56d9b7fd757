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
    inside, problem = _inside(here)
    return page(
        request,
        "folders.html",
        here=str(here),
        parent=str(here.parent) if here.parent != here else None,
        inside=inside[:MOST],
        more=max(0, len(inside) - MOST),
        field=field if field.isidentifier() else "folder",
        problem=problem,
    )


def _inside(folder: Path) -> tuple[list[tuple[str, str]], str]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
            )
    except OSError as error:
        return [], error.strerror or str(error)
    return [(name, str(folder / name)) for name in names], ""


ROUTES = [Route("/folders", folders)]
