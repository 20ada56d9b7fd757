"""`isotopes check ISOTOPE --pictures FOLDER`: the check of pictures that a generator made."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.terminal import count_files, tell
from isotopes.errors import IsotopesError

if TYPE_CHECKING:
    from isotopes.cli.options.terms import TermOptions
    from isotopes.vault import Isotope, Vault
    from isotopes.verify.verdicts.pictures import PictureVerdict

FOR_PICTURES = frozenset({"generated", "level", "decoys", "assume_exchangeable", "yes"})
GeneratedOption = Annotated[
    Path | None,
    typer.Option(
        "--pictures",
        help="instead of a model: a folder of all that a generator made; sub-folders are prompts",
    ),
]


def refuse_beside_pictures(*groups: object, forgive: int | None = None) -> None:
    """Raise IsotopesError if an option was given that only applies to asking a model.

    Args:
        groups: the options by groups, as the command took them.
        forgive: the value of --forgive.
    """
    given = [] if forgive is None else ["forgive"]
    for group in groups:
        assert is_dataclass(group)
        given += [
            one.name
            for one in fields(group)
            if one.name not in FOR_PICTURES and getattr(group, one.name) != one.default
        ]
    if given:
        option = f"--{given[0].replace('_', '-')}"
        raise IsotopesError(
            f"a check of pictures asks no model, got {option}",
            hint=f"leave out {option}, or --pictures",
        )


def check_folder(
    vault: Vault, name: str, folder: Path, terms: TermOptions, keep: Path | None
) -> tuple[Isotope, PictureVerdict]:
    """Look for the mark of the isotope called `name` in the pictures of a folder."""
    from isotopes.workflows.checking.probes import ProbeFolder
    from isotopes.workflows.checking.published import Published
    from isotopes.workflows.picture_checking.run import PictureTerms, check_generated

    isotope, entries = vault.get(name), vault.files(name)
    with count_files("comparing") as count:
        verdict = check_generated(
            isotope,
            ProbeFolder(folder, Published.among(entries), copies=False),
            str(folder),
            PictureTerms(terms.level, terms.decoys, terms.assume_exchangeable),
            published=entries,
            announce=lambda plan: tell(f"plan {plan.hash}"),
            progress=lambda done, total: count(done, total, ""),
            scores_path=keep,
        )
    return isotope, verdict
