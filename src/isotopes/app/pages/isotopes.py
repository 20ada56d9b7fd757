"""My isotopes: what was marked when, receipts, backups."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from isotopes.app.render import app_of, page
from isotopes.vault import Vault


def every(request: Request) -> Response:
    """All isotopes of the vault."""
    app = app_of(request)
    if not Vault.exists(app.vault):
        return page(request, "isotopes.html", isotopes=[], place="")
    with app.open_vault() as vault:
        return page(request, "isotopes.html", isotopes=vault.summaries(), place=str(vault.location))


def one(request: Request) -> Response:
    """One isotope: its terms and its files."""
    name = request.path_params["name"]
    with app_of(request).open_vault() as vault:
        summary, files = vault.summary(name), vault.files(name)
    return page(request, "isotope.html", isotope=summary, files=files)


def receipt(request: Request) -> Response:
    """The commitment to show others; it reveals nothing."""
    with app_of(request).open_vault() as vault:
        found = vault.get(request.path_params["name"]).receipt()
    headers = {"content-disposition": 'attachment; filename="receipt.json"'}
    text = json.dumps(found.to_dict(), indent=2)
    return Response(text, media_type="application/json", headers=headers)


def backup(request: Request) -> Response:
    """The whole vault as one file, sealed as it is."""
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
    Route("/isotopes/{name:path}/receipt", receipt),
    Route("/isotopes/{name:path}", one),
]
