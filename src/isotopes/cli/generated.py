"""`isotopes check ISOTOPE --pictures FOLDER`, or a generator that is asked for pictures."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.asking import need_yes
from isotopes.cli.terminal import count_files, tell
from isotopes.errors import IsotopesError, TargetError

if TYPE_CHECKING:
    from isotopes.cli.options.asking import AskingOptions
    from isotopes.cli.options.generators import GeneratorOptions
    from isotopes.cli.options.terms import TermOptions
    from isotopes.targets.asking.budget import Estimate
    from isotopes.targets.generators import PictureGenerator
    from isotopes.vault import FileEntry, Isotope
    from isotopes.verify.verdicts.pictures import PictureVerdict
    from isotopes.workflows.picture_checking.run import PictureTerms

FOR_FOLDERS = frozenset({"generated", "level", "decoys", "assume_exchangeable", "yes"})
FOR_GENERATORS = FOR_FOLDERS | {
    *("budget", "max_cost", "price"),
    *("prompts", "made", "each", "looks"),
}
GeneratedOption = Annotated[
    str | None,
    typer.Option(
        "--pictures",
        help="instead of a model: a folder of all that a generator made (sub-folders are prompts),"
        " or the generator: GENERATOR.toml or module:function",
    ),
]


def refuse_without_generator(wanted: GeneratorOptions) -> None:
    """Raise IsotopesError if an option for a generator was given though none is asked."""
    given = [one.name for one in fields(wanted) if getattr(wanted, one.name) != one.default]
    if given:
        raise IsotopesError(
            f"--{given[0]} is for a generator that is asked for pictures",
            hint="name it with --pictures: GENERATOR.toml or module:function",
        )


def refuse_beside_pictures(generated: str, *groups: object, forgive: int | None = None) -> None:
    """Raise IsotopesError if an option was given that doesn't apply to pictures.

    Args:
        generated: the value of --pictures.
        groups: the options by groups, as the command took them.
        forgive: the value of --forgive.
    """
    asked = _is_generator(generated)
    allowed = FOR_GENERATORS if asked else FOR_FOLDERS
    given = [] if forgive is None else ["forgive"]
    for group in groups:
        assert is_dataclass(group)
        given += [
            one.name
            for one in fields(group)
            if one.name not in allowed and getattr(group, one.name) != one.default
        ]
    if given:
        option = f"--{given[0].replace('_', '-')}"
        what = "that a generator makes has no use for it" if asked else "asks no model"
        raise IsotopesError(
            f"a check of pictures {what}, got {option}", hint=f"leave out {option}, or --pictures"
        )


def check_pictures(
    isotope: Isotope,
    entries: Collection[FileEntry],
    generated: str,
    wanted: GeneratorOptions,
    asked: AskingOptions,
    terms: TermOptions,
    keep: Path | None,
) -> PictureVerdict:
    """Look for an isotope's mark in the pictures of a folder, or in what a generator makes.

    Args:
        entries: the isotope's own files, by the vault.
        generated: the folder, or what names the generator.
    """
    if _is_generator(generated):
        return _check_asked(isotope, entries, generated, wanted, asked, terms, keep)
    return _check_folder(isotope, entries, Path(generated), terms, keep)


def _is_generator(generated: str) -> bool:
    from isotopes.targets.generators.opening import names_generator

    return names_generator(generated)


def _check_folder(
    isotope: Isotope,
    entries: Collection[FileEntry],
    folder: Path,
    terms: TermOptions,
    keep: Path | None,
) -> PictureVerdict:
    from isotopes.workflows.picture_checking.folders import open_generated
    from isotopes.workflows.picture_checking.run import check_generated

    found = open_generated(folder, entries)
    with count_files("comparing") as count:
        return check_generated(
            isotope,
            found.pictures,
            found.called,
            replace(_terms(terms), look=found.look),
            published=entries,
            announce=lambda plan: tell(f"plan {plan.hash}"),
            progress=lambda done, total: count(done, total, ""),
            scores_path=keep,
        )


def _check_asked(
    isotope: Isotope,
    entries: Collection[FileEntry],
    generated: str,
    wanted: GeneratorOptions,
    asked: AskingOptions,
    terms: TermOptions,
    keep: Path | None,
) -> PictureVerdict:
    from isotopes.targets.generators import open_generator
    from isotopes.workflows.picture_checking.asking import GeneratorHooks, check_generator
    from isotopes.workflows.picture_checking.prompts import WishList, read_prompts

    if wanted.prompts is None or wanted.made is None:
        raise IsotopesError(
            "a generator needs prompts, and a folder for the pictures that it makes",
            hint="give --prompts FILE and --made FOLDER",
        )
    prompts = WishList(read_prompts(wanted.prompts), wanted.each, wanted.looks)
    generator = open_generator(generated)
    try:
        with count_files("making and comparing") as count:
            hooks = GeneratorHooks(
                asked=lambda digest: tell(f"asking for {digest}"),
                estimated=lambda found: _confirm(generator, found, asked.yes),
                made=lambda done, total: count(done, total, ""),
                planned=lambda plan: tell(f"look {plan.look} of {plan.looks}: plan {plan.hash}"),
                compared=lambda done, total: count(done, total, ""),
            )
            return check_generator(
                isotope,
                generator,
                prompts,
                wanted.made,
                _terms(terms),
                published=entries,
                care=asked.care,
                hooks=hooks,
                scores_path=keep,
            )
    except TargetError as error:
        if error.exit_code == TargetError.exit_code:
            tell(f"what was made is in {wanted.made}: run the same command again to resume")
        raise
    finally:
        generator.close()


def _confirm(generator: PictureGenerator, found: Estimate, yes: bool) -> None:
    tell(f"asking {generator.name} for pictures: at most {found}")
    if generator.remote and found.queries > 0:
        tell(f"prompts go to {generator.destination}")
        need_yes(f"ask {generator.name}?", yes)


def _terms(terms: TermOptions) -> PictureTerms:
    from isotopes.workflows.picture_checking.run import PictureTerms

    return PictureTerms(terms.level, terms.decoys, terms.assume_exchangeable)
