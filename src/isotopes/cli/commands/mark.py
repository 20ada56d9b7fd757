"""`isotopes mark FOLDER --out MARKED`: put a mark into a share of a folder's pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from isotopes.cli.before_after import ask_before_marking
from isotopes.cli.marking_report import show_marked, show_survey
from isotopes.cli.marks import (
    CommittedLevelOption,
    CommittedMethodOption,
    CommittedStatisticOption,
)
from isotopes.cli.passphrase import (
    NoPassphraseOption,
    PassphraseFileOption,
    VaultOption,
    open_or_create_vault,
    open_vault,
)
from isotopes.cli.terminal import count_files, tell
from isotopes.defaults import DECOYS, DEFAULT_FAMILY, DEFAULT_METHOD, LARGEST_PICTURE

if TYPE_CHECKING:
    from isotopes.vault import Vault
    from isotopes.workflows.marking import MarkRequest


def mark(
    folder: Annotated[Path, typer.Argument(help="the folder with your originals")],
    out: Annotated[Path, typer.Option(help="the folder to write; publish this one")],
    name: Annotated[
        str | None, typer.Option(help="what to call the isotope (default: the folder's name)")
    ] = None,
    family: Annotated[str, typer.Option(help="the family of marks")] = DEFAULT_FAMILY,
    visibility: Annotated[
        str | None,
        typer.Option(
            metavar="subtle|faint|plain",
            help="how visible the mark is (default: faint; plain for other families than tints)",
        ),
    ] = None,
    alpha: Annotated[
        float | None, typer.Option(help="the same as a number, above 0 and at most 1")
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(help="share of the pictures to mark, 0 to 1 (default: all of them)"),
    ] = None,
    count: Annotated[int | None, typer.Option(help="how many to mark, instead of --share")] = None,
    label: Annotated[
        str | None, typer.Option(help="what a model would call these pictures, if you know")
    ] = None,
    per_folder: Annotated[
        bool,
        typer.Option(
            "--per-folder",
            help="an isotope of its own for each folder that holds pictures, FOLDER among them",
        ),
    ] = False,
    only: Annotated[
        str | None,
        typer.Option(help="write only files like this one, e.g. '*.jpg' or '2024/*'"),
    ] = None,
    skip_siblings: Annotated[
        bool,
        typer.Option(
            "--skip-siblings",
            help="leave out films, raw files and metadata that belong to a picture",
        ),
    ] = False,
    strip: Annotated[
        Literal["gps", "all"] | None, typer.Option(help="leave out positions, or all metadata")
    ] = None,
    opt_out: Annotated[
        bool,
        typer.Option(
            "--opt-out",
            help="say in the metadata of all pictures, marked or not: not for training models",
        ),
    ] = False,
    picture: Annotated[
        Path | None, typer.Option(help="image_blend: a picture of your own as the mark")
    ] = None,
    pool: Annotated[
        Path | None, typer.Option(help="image_blend: the folder that marks are drawn from")
    ] = None,
    decoys: Annotated[int, typer.Option(help="decoys to commit to with the mark")] = DECOYS,
    memory: Annotated[
        float | None,
        typer.Option(
            min=0.1, help=f"GB that one picture may take (default: {LARGEST_PICTURE / 1e9:.1f})"
        ),
    ] = None,
    method: CommittedMethodOption = DEFAULT_METHOD,
    statistic: CommittedStatisticOption = None,
    level: CommittedLevelOption = None,
    add_to: Annotated[
        str | None,
        typer.Option(
            "--add-to",
            metavar="NAME",
            help="mark with an isotope that is in the vault, on the terms it was committed to",
        ),
    ] = None,
    beacon: Annotated[
        str | None,
        typer.Option(
            "--beacon",
            metavar="FILE|HEX|URL",
            help="with --add-to: the value that the isotope waits for (vault prepare)",
        ),
    ] = None,
    unpublished: Annotated[
        list[str] | None,
        typer.Option(
            "--unpublished",
            metavar="NAME",
            help="nothing marked as NAME was ever published: mark its pictures anew",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would be done, write nothing")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="mark without showing an example and asking")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the summary as JSON")] = False,
    vault: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
    no_passphrase: NoPassphraseOption = False,
) -> None:
    """Write a copy of FOLDER in which a share of the pictures carries a secret mark.

    On a terminal it shows one picture before and after, and asks. The originals are never touched.
    Run the same command again to finish an interrupted run.
    """
    from isotopes.photos import WorkerLimits
    from isotopes.verify.methods.terms import committed_terms
    from isotopes.workflows.marking import (
        DEFAULT_SHARE,
        MarkRequest,
        mark_into_vault,
        open_workers,
        survey,
    )
    from isotopes.workflows.marking.looking import alpha_of
    from isotopes.workflows.marking.preparing import read_beacon

    if share is not None and count is not None:
        raise typer.BadParameter("give either --share or --count")
    if visibility is not None and alpha is not None:
        raise typer.BadParameter("give either --visibility or --alpha")
    options = {"picture": picture, "pool": pool}
    request = MarkRequest(
        source=folder,
        output=out,
        name=name or folder.resolve().name,
        family=family,
        options={key: str(path.resolve()) for key, path in options.items() if path is not None},
        alpha=alpha_of(visibility, family) if alpha is None else alpha,
        share=DEFAULT_SHARE if share is None else share,
        count=count,
        label=label,
        per_folder=per_folder,
        only=only,
        skip_siblings=skip_siblings,
        strip=strip,
        opt_out=opt_out,
        decoys=decoys,
        plan=committed_terms(method, statistic, level),
        unpublished=frozenset(unpublished or ()),
    )
    if add_to is not None:
        _check_no_terms(request, named=name is not None)
        value = None if beacon is None else read_beacon(beacon)
        with open_vault(vault, passphrase_file) as opened:
            request = _request_more(opened, add_to, request, value)
    elif beacon is not None:
        raise typer.BadParameter("--beacon goes with --add-to: see `isotopes vault prepare --help`")
    limits = WorkerLimits() if memory is None else WorkerLimits(picture=int(memory * 1e9))
    with open_workers(request, limits) as workers:
        with count_files("looking") as progress:
            found = survey(request, workers, progress)
        _warn_of_few(decoys)
        if dry_run:
            show_survey(found, as_json)
            return
        ask_before_marking(request, found, yes)
        with open_or_create_vault(vault, passphrase_file, no_passphrase) as opened:
            with count_files("marking") as progress:
                marked = mark_into_vault(request, opened, found, workers, progress)
            show_marked(marked, request, as_json, vault)


def _check_no_terms(request: MarkRequest, *, named: bool) -> None:
    """What an isotope was committed to can't be said anew."""
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
    vault: Vault, name: str, request: MarkRequest, beacon: bytes | None
) -> MarkRequest:
    from isotopes.workflows.marking.continuing import request_more

    more = request_more(
        vault,
        name,
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
        unpublished=request.unpublished,
    )


def _warn_of_few(decoys: int) -> None:
    """The plan can't add decoys later: they are committed now or never."""
    from isotopes.verify.methods.rank import Rank

    if (decoys + 1) * Rank.level < 1:
        tell(
            f"warning: with {decoys} decoys no exact check can get below p ="
            f" {1 / (decoys + 1):.3g}, and the usual level is {Rank.level:g}:"
            f" leave --decoys out for {DECOYS}"
        )
