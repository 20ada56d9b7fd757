"""`isotopes faces`: enrol pictures in a face-search engine, search it, check it for a mark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.asking import confirmer, need_yes, stop_if_cut_short
from isotopes.cli.options.asking import AskingOptions, YesOption
from isotopes.cli.options.groups import grouped
from isotopes.cli.options.terms import DisguiseOption
from isotopes.cli.options.vault import PassphraseFileOption, VaultOption
from isotopes.cli.options.verdicts import ReportOption, ShowMarkOption
from isotopes.cli.output.reports import known_here
from isotopes.cli.output.verdicts import show_face_verdict
from isotopes.cli.passphrase import open_vault
from isotopes.cli.terminal import count_files, show, show_json, tell, warn
from isotopes.defaults import FACE_DECOYS, FACE_LEVEL
from isotopes.errors import IsotopesError, unreadable

MOST_NAMED = 10
if TYPE_CHECKING:
    from isotopes.faces import OpenableFaceSearch

app = typer.Typer(
    help="Face-search engines: enrol pictures, search, check whether a mark draws out others.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
EngineOption = Annotated[
    str, typer.Option(help="the gallery: dlib:FILE.npz, or a service; see `isotopes targets`")
]
JsonOption = Annotated[bool, typer.Option("--json", help="print the outcome as JSON")]


@app.command()
def enrol(
    folder: Annotated[Path, typer.Argument(help="pictures, one face each")],
    engine: EngineOption,
    yes: YesOption = False,
) -> None:
    """Put the pictures of a folder into a gallery, each under its relative name."""
    from isotopes.workflows.checking.probes import ProbeFolder

    pictures = ProbeFolder(folder)
    refused = 0
    with _opened(engine) as gallery, count_files("enrolling") as count:
        _agree(gallery, len(pictures), yes)
        if gallery.enrolled() is None:
            tell(f"{gallery.name} lists no faces: a picture that it holds already is added again")
        for number in range(len(pictures)):
            name, picture = pictures[number]
            outcome = gallery.enrol([picture], [name])
            for one, reason in outcome.refused.items():
                refused += 1
                tell(f"left out {one}: {reason}")
            count(number + 1, len(pictures), name)
    show(f"enrolled {len(pictures) - refused} of {len(pictures)} pictures")


@app.command()
def search(
    photo: Annotated[Path, typer.Argument(help="a picture with a face")],
    engine: EngineOption,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the enrolled pictures most like this one, best first."""
    from isotopes.photos import read_picture

    picture = read_picture(photo)
    with _opened(engine) as gallery:
        _agree(gallery, 1, yes)
        matches = gallery.search(picture)
    if as_json:
        rows = [
            {"id": one.id, "similarity": one.similarity, "rank": one.rank} for one in matches.ranked
        ]
        show_json(rows, indent=None)
        return
    for one in matches.ranked:
        show(f"{one.rank:4}  {one.similarity:.3f}  {one.id}")
    if not matches.ranked:
        tell("no match: nothing enrolled is like it, or there is no face in it")


@app.command()
@grouped
def check(
    isotope: Annotated[str, typer.Argument(help="the isotope's name in the vault")],
    engine: EngineOption,
    *,
    queries: Annotated[
        Path, typer.Option(exists=True, help="new pictures of the person, unmarked, never posted")
    ],
    ours: Annotated[
        Path, typer.Option(exists=True, help="text file: a line for each enrolled id to be marked")
    ],
    level: Annotated[float, typer.Option(help="chance of accusing an innocent gallery")] = (
        FACE_LEVEL
    ),
    decoys: Annotated[int, typer.Option(help="how many decoys to search with")] = FACE_DECOYS,
    disguise: DisguiseOption = False,
    asked: AskingOptions,
    report: ReportOption = None,
    show_mark: ShowMarkOption = False,
    as_json: JsonOption = False,
    vault: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Does the mark in new pictures match those enrolled ones better than decoys do? Exact."""
    from isotopes.faces.searching import Searching
    from isotopes.report import write_page
    from isotopes.report.pages.render import check_report
    from isotopes.workflows.checking.hooks import Hooks
    from isotopes.workflows.checking.probes import ProbeFolder
    from isotopes.workflows.face_searching import check_faces

    if report is not None:
        check_report(report)
    with open_vault(vault, passphrase_file) as opened:
        kept = opened.get(isotope)
    with _opened(engine) as gallery, count_files("searching") as count:
        searching = Searching(gallery)
        verdict = check_faces(
            kept,
            gallery,
            [picture for _, picture in ProbeFolder(queries)],
            _ids(ours),
            level=level,
            decoys=decoys,
            disguise=disguise,
            care=asked.care,
            hooks=Hooks(
                planned=lambda plan: tell(f"plan {plan.hash}"),
                estimated=confirmer(searching, asked.yes),
                progress=lambda done, total: count(done, total, ""),
            ),
            not_enrolled=_tell_not_enrolled,
        )
    show_face_verdict(verdict, as_json)
    stop_if_cut_short(verdict.cut_short, searching, asked.journal, None, "--journal FILE")
    if report is not None:
        shown = kept if show_mark else None
        known = known_here(vault, [verdict.commitment], verdict.plan_hash, shown=shown)
        write_page(verdict, report, known)


def _agree(gallery: OpenableFaceSearch, pictures: int, yes: bool) -> None:
    """Say what a service will get and what it costs, and ask the user to agree."""
    from isotopes.targets.asking.budget import estimate

    if gallery.remote and pictures:
        tell(f"asking {gallery.name}: {estimate(pictures, price=gallery.price)}")
        if gallery.destination is not None:
            tell(f"pictures go to {gallery.destination}")
        need_yes(f"send {pictures:,} picture(s) to {gallery.name}?", yes)


def _tell_not_enrolled(ids: Sequence[str]) -> None:
    more = f" and {len(ids) - MOST_NAMED} more" * (len(ids) > MOST_NAMED)
    warn(f"not enrolled there: {', '.join(ids[:MOST_NAMED])}{more}")


def _ids(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise IsotopesError(unreadable(path, error)) from error
    except UnicodeDecodeError as error:
        raise IsotopesError(f"{path} must be a text file of ids: {error}") from error
    return sorted({line.strip() for line in lines if line.strip()})


@contextmanager
def _opened(spec: str) -> Iterator[OpenableFaceSearch]:
    from isotopes.faces import open_face_search

    gallery = open_face_search(spec)
    try:
        yield gallery
    finally:
        gallery.close()
