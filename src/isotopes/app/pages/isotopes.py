"""My isotopes: what was marked when, receipts, backups."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from isotopes.app.render import app_of, page
from isotopes.defaults import AUTHORITIES
from isotopes.vault import restore_vault
from isotopes.workflows.backgrounds import backgrounds
from isotopes.workflows.stamping import stamp_and_keep

SHEET = 120  # pictures of a contact sheet's page


def every(request: Request) -> Response:
    """All isotopes of the vault."""
    app = app_of(request)
    if app.new:
        return page(request, "isotopes.html", isotopes=[], place="")
    with app.open_vault() as vault:
        return page(request, "isotopes.html", isotopes=vault.summaries(), place=str(vault.location))


def one(request: Request) -> Response:
    """One isotope: its terms and its files."""
    name = request.path_params["name"]
    with app_of(request).open_vault() as vault:
        summary, files = vault.summary(name), vault.files(name)
        (known,) = backgrounds(vault, [summary.commitment])
    given = request.query_params.get("from", "")
    first = min(int(given), len(files)) if given.isdecimal() and len(given) < 10 else 0
    return page(
        request,
        "isotope.html",
        isotope=summary,
        files=files[first : first + SHEET],
        first=first,
        step=SHEET,
        total=len(files),
        stamps=[str(one) for one in known.receipt_stamps],
        authority=AUTHORITIES[0],
    )


async def rename(request: Request) -> Response:
    """Give it another name."""
    name = request.path_params["name"]
    new = str((await request.form()).get("new", "")).strip()

    def change() -> None:
        with app_of(request).open_vault() as vault:
            # A form that is sent twice, by a double click, has done its work already.
            if vault.names_among([name, new]) != {new}:
                vault.rename(name, new)

    await run_in_threadpool(change)
    return RedirectResponse(f"/isotopes/{quote(new)}", 303)


async def stamp(request: Request) -> Response:
    """Have the receipt stamped, by the authority that the person names."""
    name = request.path_params["name"]
    authority = str((await request.form()).get("authority", "")).strip()

    def ask() -> None:
        with app_of(request).open_vault() as vault:
            stamp_and_keep(vault, vault.get(name).receipt().stamped, [authority])

    await run_in_threadpool(ask)
    return RedirectResponse(f"/isotopes/{quote(name)}", 303)


async def restore(request: Request) -> Response:
    """Restore a backup, if there is no vault yet."""
    form = await request.form(max_files=1)
    file = form.get("backup")
    if file is None or isinstance(file, str):
        return RedirectResponse("/", 303)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "backup.sqlite"
        path.write_bytes(await file.read())
        await run_in_threadpool(restore_vault, path, app_of(request).vault)
    return RedirectResponse("/?restored=yes", 303)


def receipt(request: Request) -> Response:
    """The commitment to show others; it reveals nothing."""
    with app_of(request).open_vault() as vault:
        found = vault.get(request.path_params["name"]).receipt()
    headers = {"content-disposition": 'attachment; filename="receipt.json"'}
    text = json.dumps(found.to_dict(), indent=2)
    return Response(text, media_type="application/json", headers=headers)


def backup(request: Request) -> Response:
    """The whole vault as one file, sealed if the vault is."""
    from isotopes.vault import backup_vault

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vault-backup.sqlite"
        backup_vault(app_of(request).vault, path)
        data = path.read_bytes()
    headers = {"content-disposition": 'attachment; filename="vault-backup.sqlite"'}
    return Response(data, media_type="application/octet-stream", headers=headers)


ROUTES = [
    Route("/isotopes", every),
    Route("/isotopes/backup", backup),
    Route("/isotopes/restore", restore, methods=["POST"]),
    Route("/isotopes/{name:path}/receipt", receipt),
    Route("/isotopes/{name:path}/rename", rename, methods=["POST"]),
    Route("/isotopes/{name:path}/stamp", stamp, methods=["POST"]),
    Route("/isotopes/{name:path}", one),
]
