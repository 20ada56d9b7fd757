"""The command line as a Click command, for the documentation's reference."""

from __future__ import annotations

import typer.main

from isotopes.cli.main import app

command = typer.main.get_command(app)
