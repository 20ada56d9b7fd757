"""`isotopes mark FOLDER --out MARKED`: put a mark into a folder's pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.options.groups import grouped
from isotopes.cli.options.marks import (
    DecoysToCommitOption,
    FamilyOptions,
    MarkLabelOption,
    TestOptions,
)
from isotopes.cli.options.output import FileOptions
from isotopes.cli.options.shards import MemoryOption, PublishedOption, ShardOptions, SourceArgument
from isotopes.cli.options.vault import NewVaultOptions
from isotopes.cli.output.before_after import ask_before_marking
from isotopes.cli.output.marking_report import refuse_unmarkable, show_marked, show_survey
from isotopes.cli.passphrase import open_or_create_vault, open_vault
from isotopes.cli.sharding import mark_from_shards
from isotopes.cli.terminal import count_files, warn
from isotopes.defaults import DECOYS, DEFAULT_FAMILY

if TYPE_CHECKING:
    from isotopes.workflows.marking import MarkRequest


@dataclass(frozen=True)
class LookOptions:
    """Which marks, and how visible."""

    family: Annotated[str, typer.Option(help="the family of marks")] = DEFAULT_FAMILY
    visibility: Annotated[
        str | None,
        typer.Option(
            metavar="subtle|faint|plain",
            help="how visible the mark is (default: the family's usual, faint for tints)",
        ),
    ] = None
    alpha: Annotated[
        float | None, typer.Option(help="the same as a number, above 0 and at most 1")
    ] = None

    @property
    def number(self) -> float:
        """The chosen alpha.

        Raises:
            BadParameter: both are given.
            MarkError: the family knows no such word.
        """
        from isotopes.workflows.marking.looking import alpha_of

        if self.visibility is not None and self.alpha is not None:
            raise typer.BadParameter("give either --visibility or --alpha")
        return alpha_of(self.visibility, self.family) if self.alpha is None else self.alpha


@dataclass(frozen=True)
class HowManyOptions:
    """How many of the pictures are marked."""

    share: Annotated[
        float | None,
        typer.Option(help="share of the pictures to mark, 0 to 1 (default: all of them)"),
    ] = None
    count: Annotated[int | None, typer.Option(help="how many to mark, instead of --share")] = None

    @property
    def fraction(self) -> float:
        """The mark fraction, unless there is a count.

        Raises:
            BadParameter: both are given.
        """
        from isotopes.workflows.marking import DEFAULT_SHARE

        if self.share is not None and self.count is not None:
            raise typer.BadParameter("give either --share or --count")
        return DEFAULT_SHARE if self.share is None else self.share


@dataclass(frozen=True)
class AddingOptions:
    """How to use an isotope again that is already in the vault."""

    add_to: Annotated[
        str | None,
        typer.Option(
            "--add-to",
            metavar="NAME",
            help="mark with an isotope that is in the vault, on the terms it was committed to",
        ),
    ] = None
    beacon: Annotated[
        str | None,
        typer.Option(
            "--beacon",
            metavar="FILE|HEX|URL",
            help="with --add-to: the value that the isotope waits for (vault prepare)",
        ),
    ] = None
    unpublished: Annotated[
        list[str] | None,
        typer.Option(
            "--unpublished",
            metavar="NAME",
            help="nothing marked as NAME was ever published: mark its pictures anew",
        ),
    ] = None

    def read_beacon(self) -> bytes | None:
        """The beacon's value.

        Raises:
            BadParameter: --beacon is given without --add-to.
        """
        from isotopes.workflows.marking.preparing import read_beacon

        if self.beacon is None:
            return None
        if self.add_to is None:
            raise typer.BadParameter(
                "--beacon goes with --add-to: see `isotopes vault prepare --help`"
            )
        return read_beacon(self.beacon)


@dataclass(frozen=True)
class RunOptions:
    """Whether to write anything, whether to ask first, and how to show the result."""

    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would be done, write nothing")
    ] = False
    yes: Annotated[
        bool, typer.Option("--yes", help="mark without showing an example and asking")
    ] = False
    as_json: Annotated[bool, typer.Option("--json", help="print the summary as JSON")] = False


PerFolderOption = Annotated[
    bool,
    typer.Option(
        "--per-folder",
        help="an isotope of its own for each folder that holds pictures, FOLDER among them",
    ),
]


@grouped
def mark(
    folder: SourceArgument,
    *,
    out: PublishedOption,
    name: Annotated[
        str | None,
        typer.Option(help="its name in the vault (default: the folder's, or of shards --out's)"),
    ] = None,
    look: LookOptions,
    choice: HowManyOptions,
    label: MarkLabelOption = None,
    per_folder: PerFolderOption = False,
    files: FileOptions,
    settings: FamilyOptions,
    decoys: DecoysToCommitOption = DECOYS,
    memory: MemoryOption = None,
    test: TestOptions,
    adding: AddingOptions,
    run: RunOptions,
    shards: ShardOptions,
    where: NewVaultOptions,
) -> None:
    """Write a copy of FOLDER whose pictures carry a secret mark: all of them, or a share.

    On a terminal it shows one picture before and after, and asks. The originals are never touched.
    Run the same command again to finish an interrupted run.

    FOLDER may also be webdataset tars, Hugging Face parquet or img2dataset's files, here or in an
    object store (docs/scale.md).
    """
    from isotopes.photos import check_folders
    from isotopes.shards.source import holds_shards
    from isotopes.workflows.marking import MarkRequest

    sharded = holds_shards(folder)
    request = MarkRequest(
        source=Path(folder),
        output=Path(out),
        name=name or Path(out if sharded else folder).resolve().name,
        family=look.family,
        options=settings.settings,
        alpha=look.number,
        share=choice.fraction,
        count=choice.count,
        label=label,
        per_folder=per_folder,
        decoys=decoys,
        plan=test.plan,
        unpublished=frozenset(adding.unpublished or ()),
        **files.settings,
    )
    if adding.add_to is not None and not sharded:
        check_folders(request.source, request.output)  # before a passphrase is asked for
    request = _request_more(where, adding, request, named=name is not None)
    if sharded:
        wanted = shards.request(request, folder, out, memory)
        mark_from_shards(wanted, shards, where, dry_run=run.dry_run, as_json=run.as_json)
    else:
        shards.check_unused()
        _mark(request, where, memory, run)


def _mark(
    request: MarkRequest, where: NewVaultOptions, memory: float | None, run: RunOptions
) -> None:
    from isotopes.photos import WorkerLimits
    from isotopes.vault import Vault
    from isotopes.workflows.marking import mark_into_vault, open_workers, survey

    limits = WorkerLimits() if memory is None else WorkerLimits(picture=int(memory * 1e9))
    with open_workers(request, limits) as workers:
        with count_files("looking") as progress:
            surveyed = survey(request, workers, progress)
        _warn_of_few(request.decoys)
        if run.dry_run:
            show_survey(surveyed, run.as_json)
            return
        refuse_unmarkable(surveyed, new=not Vault.exists(where.vault))
        ask_before_marking(request, surveyed, run.yes)
        with open_or_create_vault(where.vault, where.passphrase_file, where.no_passphrase) as vault:
            with count_files("marking") as progress:
                marked = mark_into_vault(request, vault, surveyed, workers, progress)
            show_marked(marked, request, run.as_json, where.vault)


def _check_no_terms(request: MarkRequest, *, named: bool) -> None:
    """Raise BadParameter if terms are given that the isotope's commitment has fixed."""
    from isotopes.workflows.marking import MarkRequest

    usual = MarkRequest(request.source, request.output, request.name)
    terms = ("family", "options", "alpha", "label", "decoys", "plan", "per_folder")
    said = [term for term in terms if getattr(request, term) != getattr(usual, term)]
    if said or named:
        raise typer.BadParameter(
            "--add-to marks on the terms that the isotope was committed to: leave out"
            f" {', '.join([*said, *['name'] * named])}"
        )


def _request_more(
    where: NewVaultOptions, adding: AddingOptions, request: MarkRequest, *, named: bool
) -> MarkRequest:
    """The request on the terms of the --add-to isotope; unchanged without --add-to."""
    from isotopes.workflows.marking.continuing import request_more

    beacon = adding.read_beacon()
    if adding.add_to is None:
        return request
    _check_no_terms(request, named=named)
    with open_vault(where.vault, where.passphrase_file) as vault:
        more = request_more(
            vault,
            adding.add_to,
            request.source,
            request.output,
            share=request.share,
            count=request.count,
            strip=request.strip,
            beacon=beacon,
        )
    return replace(
        more,
        only=request.only,
        skip_siblings=request.skip_siblings,
        opt_out=request.opt_out,
        credential=request.credential,
        unpublished=request.unpublished,
    )


def _warn_of_few(decoys: int) -> None:
    """The plan can't add decoys later: they are committed now or never."""
    from isotopes.verify.methods.rank import Rank

    if (decoys + 1) * Rank.level < 1:
        warn(
            f"with {decoys} decoys no exact check can get below p ="
            f" {1 / (decoys + 1):.3g}, and the usual level is {Rank.level:g}:"
            f" leave --decoys out for {DECOYS}"
        )
