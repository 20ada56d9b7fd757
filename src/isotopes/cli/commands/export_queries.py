"""`isotopes export-queries`: a check's pictures for a model that only a person can ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.passphrase import PassphraseFileOption, VaultOption, open_vault
from isotopes.cli.pictures import (
    MineOption,
    NotMineOption,
    ProbesOption,
    PublishedOption,
)
from isotopes.cli.terminal import show, show_json
from isotopes.cli.terms import (
    AmongOption,
    AnyLabelOption,
    DecoysOption,
    ExchangeableOption,
    IsotopeArgument,
    LabelOption,
    LevelOption,
    MethodOption,
    ProbesCountOption,
    StatisticOption,
    ThoroughOption,
)

if TYPE_CHECKING:
    from isotopes.workflows.exporting import Exported


def export_queries(
    isotope: IsotopeArgument,
    model: Annotated[str, typer.Option(help="what you call the model that will be asked")],
    out: Annotated[Path, typer.Option(help="a new folder, to be handed on")],
    key: Annotated[
        Path, typer.Option(help="a new file that says which picture is which: keep it to yourself")
    ],
    probes: ProbesOption = None,
    mine: MineOption = None,
    not_mine: NotMineOption = False,
    published: PublishedOption = None,
    label: LabelOption = None,
    any_label: AnyLabelOption = False,
    among: AmongOption = None,
    method: MethodOption = None,
    statistic: StatisticOption = None,
    level: LevelOption = None,
    decoys: DecoysOption = None,
    probes_count: ProbesCountOption = None,
    thorough: ThoroughOption = False,
    assume_exchangeable: ExchangeableOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="print what was written as JSON")] = False,
    vault: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Write the pictures of a check under neutral names, for somebody else to ask a model.

    Nothing in the folder tells marked pictures from decoys. Give the answers to `check --answers`
    with the key file, and the same pictures and terms as here.
    """
    from isotopes.workflows.checking.drafting import Terms
    from isotopes.workflows.checking.pictures import find_pictures
    from isotopes.workflows.exporting import export_check

    terms = Terms(
        method=method,
        label=label,
        any_label=any_label,
        candidates=tuple(among or ()),
        statistic=statistic,
        level=level,
        decoys=decoys,
        probes=probes_count,
        thorough=thorough,
        assume_exchangeable=assume_exchangeable,
    )
    with open_vault(vault, passphrase_file) as opened:
        kept = opened.get(isotope)
        pictures, own = find_pictures(
            opened, kept, probes, mine, not_mine=not_mine, published=published
        )
    exported = export_check(kept, model, pictures, terms, own=own, folder=out, key_file=key)
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
    show(f"{exported.pictures} pictures in {out}; which is which stands in {key}")
