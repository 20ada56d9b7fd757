"""`isotopes serve`: mark pictures at upload, for sites with many users."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.options.groups import grouped
from isotopes.cli.options.output import StripOption
from isotopes.cli.options.vault import NewVaultOptions
from isotopes.cli.passphrase import open_or_create_vault
from isotopes.cli.terminal import show, tell
from isotopes.errors import IsotopesError
from isotopes.extras import how_to_install

MEGABYTE = 1_000_000


@grouped
def serve(
    *,
    tokens: Annotated[
        Path | None, typer.Option(help="file with a line sha256:... for each token let in")
    ] = None,
    token_wanted: Annotated[
        bool, typer.Option("--new-token", help="print a new token and its line, and stop")
    ] = False,
    host: Annotated[str, typer.Option(help="address to listen at")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    workers: Annotated[
        int | None, typer.Option(min=1, help="processes that mark (default: one for each core)")
    ] = None,
    quota: Annotated[
        int | None, typer.Option(min=1, help="pictures that each user may have marked per day")
    ] = None,
    largest: Annotated[
        float, typer.Option(min=0.01, help="maximum size of a picture's file, in MB")
    ] = 64.0,
    together: Annotated[
        int, typer.Option(min=1, help="requests at once; more are told to try again")
    ] = 64,
    strip: StripOption = None,
    opt_out: Annotated[
        bool, typer.Option("--opt-out", help="say in the metadata: not for training models")
    ] = False,
    where: NewVaultOptions,
) -> None:
    """Mark pictures for many users: POST /mark?user=ID, a picture in, the marked one out.

    Each user's key is in the vault before their first picture is marked. GET /openapi.json
    describes the service, /health and /metrics show how it is doing.
    """
    if find_spec("starlette") is None or find_spec("prometheus_client") is None:
        raise IsotopesError("the service needs the extra serve", hint=how_to_install("serve"))
    if token_wanted:
        _print_token()
        return
    allowed = _read_tokens(tokens)
    from isotopes.photos.run.limits import WorkerLimits
    from isotopes.photos.run.pool import Workers
    from isotopes.sites.run import run
    from isotopes.sites.service import ServiceLimits, make_service
    from isotopes.workflows.uploads import Uploads, UploadTerms

    count = workers or os.cpu_count() or 1
    limits = WorkerLimits(seconds=60.0)
    with (
        open_or_create_vault(where.vault, where.passphrase_file, where.no_passphrase) as opened,
        Workers(count, limits) as processes,
    ):
        opened.unlock()
        uploads = Uploads(opened, processes, UploadTerms(strip=strip, opt_out=opt_out, quota=quota))
        service = make_service(
            uploads,
            lambda: opened.names_among(["-"]),
            allowed,
            ServiceLimits(bytes=int(largest * MEGABYTE), together=together),
        )
        run(service, host, port, show)


def _print_token() -> None:
    from isotopes.sites.tokens import new_token

    token, line = new_token()
    show(token)
    tell("give this token to the site, and add this line to the --tokens file:", line)


def _read_tokens(path: Path | None) -> frozenset[str]:
    from isotopes.sites.tokens import read_tokens

    if path is None:
        raise IsotopesError(
            "a service lets nobody in without tokens",
            hint="`isotopes serve --new-token` makes one; give --tokens FILE",
        )
    return read_tokens(path)
