"""`isotopes export-queries`: a check's pictures for a model that only a person can ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.options.groups import grouped
from isotopes.cli.options.pictures import PictureOptions
from isotopes.cli.options.terms import IsotopeArgument, TermOptions
from isotopes.cli.options.vault import PassphraseFileOption, VaultOption
from isotopes.cli.passphrase import open_vault
from isotopes.cli.terminal import show, show_json

if TYPE_CHECKING:
    from isotopes.workflows.exporting import Exported


@grouped
def export_queries(
    isotope: IsotopeArgument,
    *,
    model: Annotated[str, typer.Option(help="what you call the model that will be asked")],
    out: Annotated[Path, typer.Option(help="a new folder, to be handed on")],
    key: Annotated[
        Path, typer.Option(help="a new file that says which picture is which: keep it to yourself")
    ],
    encoder: Annotated[
        bool, typer.Option("--encoder", help="the model answers with embeddings, not with labels")
    ] = False,
    pictures: PictureOptions,
    terms: TermOptions,
    as_json: Annotated[bool, typer.Option("--json", help="print what was written as JSON")] = False,
    vault: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Write the pictures of a check under neutral names, for somebody else to ask a model.

    Nothing in the folder tells marked pictures from decoys. Give the answers to `check --answers`
    with the key file, and the same pictures and terms as here.
    """
    from isotopes.workflows.exporting import export_check

    with open_vault(vault, passphrase_file) as opened:
        kept = opened.get(isotope)
        probes, own = pictures.find(opened, kept)
    exported = export_check(
        kept, model, probes, terms.terms(), own=own, embeds=encoder, folder=out, key_file=key
    )
    _show(exported, out, key, as_json)


def _show(exported: Exported, out: Path, key: Path, as_json: bool) -> None:
    if as_json:
        found = {
            "plan": exported.plan.hash,
            "pictures": exported.pictures,
            "folder": str(out),
            "key": str(key),
        }
        show_json(found)
        return
    show(f"plan {exported.plan.hash}")
    show(f"{exported.pictures} pictures in {out}; {key} says which is which")
