"""`isotopes app`: the local web application, for people who don't use a terminal."""

from __future__ import annotations

import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.options.vault import VaultOption
from isotopes.cli.terminal import show, tell
from isotopes.errors import IsotopesError
from isotopes.extras import how_to_install


def application(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any free one")] = 0,
    start: Annotated[
        Path | None, typer.Option(help="where the folder picker begins (default: your home)")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="where the application keeps models and verdicts")
    ] = None,
    browser: Annotated[bool, typer.Option(help="open the browser")] = True,
    vault: VaultOption = None,
) -> None:
    """Mark, look, check and keep in your browser. Nothing leaves this computer.

    The address works once, in one browser on this computer. Ctrl-C ends it.
    """
    if find_spec("starlette") is None or find_spec("uvicorn") is None:
        raise IsotopesError("the application needs the extra app", hint=how_to_install("app"))
    from platformdirs import user_data_path

    from isotopes.app.server import new_state, serve

    folder = data or user_data_path("isotopes", appauthor=False) / "app"
    state = new_state(vault, folder, (start or Path.home()).resolve())

    def ready(address: str) -> None:
        show(address)
        tell("open this address in a browser on this computer; Ctrl-C ends the application")
        if browser:
            webbrowser.open(address)

    serve(state, port, ready)
