"""`isotopes verify-claim CLAIM --target T --probes FOLDER`: ask again as a third party."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.asking import asking, stop_if_cut_short, tell_plan
from isotopes.cli.options.asking import (
    AskingOptions,
    KeepOption,
    TargetOption,
)
from isotopes.cli.options.claim_keys import KeyOptions
from isotopes.cli.options.groups import grouped
from isotopes.cli.options.terms import DisguiseOption
from isotopes.cli.options.verdicts import ReportOption, VerdictJsonOption
from isotopes.cli.output.verdicts import told_as_json
from isotopes.cli.terminal import show, show_table, tell
from isotopes.defaults import LEVEL
from isotopes.errors import FolderError, PhotoError, reading

if TYPE_CHECKING:
    from isotopes.targets import Picture
    from isotopes.vault.commitments.receipt_list import ReceiptList
    from isotopes.verify.verdicts.claim import ClaimVerdict
    from isotopes.workflows.checking.probes import ProbeFolder
    from isotopes.workflows.claims import Asking

EXIT_CODES = {
    "confirmed": 0,
    "not confirmed": 1,
    "inconclusive": 3,
    "mark found but key unproven": 5,
}


@dataclass(frozen=True)
class AgainOptions:
    """What the third party chooses."""

    probes: Annotated[
        Path,
        typer.Option(
            help="your pictures, or a public set: of the model's domain, not the claimant's"
        ),
    ]
    random: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|HEX|URL",
            help="a public random value younger than the claim (default: a fresh one of your own)",
        ),
    ] = None
    label: Annotated[
        str | None,
        typer.Option(help="what you say the model calls such pictures (default: as committed)"),
    ] = None
    level: Annotated[float, typer.Option(help="maximum chance of confirming a false claim")] = LEVEL
    receipts: Annotated[
        Path | None,
        typer.Option(help="the list of all the claimant's receipts: the level is divided by them"),
    ] = None
    tries: Annotated[
        int,
        typer.Option(
            min=1,
            help="how many times this claim is verified, with any model, random value, label or"
            " pictures, and with or without --disguise: the level is divided by it",
        ),
    ] = 1
    published: Annotated[
        Path | None, typer.Option(help="the claimant's pictures, as you found them published")
    ] = None
    disguise: DisguiseOption = False

    def listed(self) -> ReceiptList | None:
        """The list of all the claimant's receipts, if they gave one.

        Raises:
            FolderError: it is none.
        """
        from isotopes.vault.commitments.receipt_list import ReceiptList

        if self.receipts is None:
            return None
        hint = "the claimant writes one: isotopes vault receipt --all --out receipts.json"
        with reading(self.receipts, "a list of receipts", hint=hint):
            return ReceiptList.from_json(self.receipts.read_bytes())

    def read(self, probes: ProbeFolder, receipts: int) -> Asking:
        """These choices as the workflow takes them.

        Args:
            receipts: how many the claimant has.

        Raises:
            IsotopesError: the random value, list or folder can't be read.
        """
        from isotopes.seeds import fresh_bytes
        from isotopes.workflows.claims import Asking
        from isotopes.workflows.marking.preparing import read_beacon

        fresh = self.random is None
        return Asking(
            random=fresh_bytes() if self.random is None else read_beacon(self.random),
            random_source="this computer, fresh" if fresh else _named(str(self.random)),
            pictures=f"{len(probes)} pictures in {self.probes.name or self.probes}",
            label=self.label,
            level=self.level,
            receipts=receipts,
            tries=self.tries,
            copies=() if self.published is None else _copies(self.published),
            disguise=self.disguise,
        )


@grouped
def verify_claim(
    claim: Annotated[
        Path,
        typer.Argument(
            help="a bundle made with `evidence --reveal`, or a folder with receipt.json,"
            " opening.json and verdict.json"
        ),
    ],
    target: TargetOption,
    *,
    again: AgainOptions,
    origin: KeyOptions,
    asked: AskingOptions,
    keep: KeepOption = None,
    report: ReportOption = None,
    as_json: VerdictJsonOption = False,
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code",
            help="exit with 1 if not confirmed, 3 if inconclusive, 5 if the key is unproven",
        ),
    ] = False,
) -> None:
    """Does somebody's claim about a model stand? Ask again with what the claimant did not choose.

    Takes the claimant's receipt, opening and verdict. A hash of the commitment, the model and a
    random value draws the probes and the order of the queries.

    A claim is confirmed only if nobody could choose its key by trial: --beacon, --root and --drawn
    show that.
    """
    from isotopes.report import write_page
    from isotopes.report.pages.render import check_report
    from isotopes.workflows.checking.probes import ProbeFolder
    from isotopes.workflows.claims.verifying import verify_claim as ask_again
    from isotopes.workflows.opening import open_model

    if report is not None:
        check_report(report)
    listed = again.listed()
    read, key = origin.read(claim, listed)
    probes = ProbeFolder(again.probes)
    terms = again.read(probes, 1 if listed is None else listed.place_of(read.receipt).size)
    tell(f"random value {terms.random.hex()}: --random with it asks the same again")
    model = open_model(target)
    with asking(model, yes=asked.yes, planned=tell_plan) as hooks:
        verdict = ask_again(
            read, model, probes, terms, key=key, care=asked.care, hooks=hooks, answers_path=keep
        )
    _show(verdict, as_json)
    short = verdict.asked.cut_short
    stop_if_cut_short(short, model, asked.journal, keep, "--journal FILE or --keep FILE")
    if report is not None:
        write_page(verdict, report)
    if exit_code:
        raise typer.Exit(EXIT_CODES[verdict.outcome])


def _named(random: str) -> str:
    return "given as digits" if len(random) >= 32 and random.isalnum() else random  # noqa: PLR2004


def _copies(folder: Path) -> Sequence[Picture]:
    from isotopes.workflows.checking.probes import ProbeFolder

    found, pictures = ProbeFolder(folder), []
    for index in range(len(found)):
        try:
            pictures.append(found[index][1])
        except PhotoError as error:
            tell(f"skipped: {error}")
    if not pictures:
        raise FolderError(f"{folder} holds no picture that can be read")
    return pictures


def _show(found: ClaimVerdict, as_json: bool) -> None:
    from isotopes.report.claim_words import chosen_rows, claim_sentence, claim_warnings, found_rows

    if told_as_json(found, claim_warnings(found), as_json):
        return
    show(claim_sentence(found))
    for what, value in found_rows(found):
        show(f"  {what}: {value}")
    show_table(("what", "chosen by", "value"), chosen_rows(found))
