"""`isotopes evidence ANSWERS`: all parts of a check in one file that others can verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.options.vault import PassphraseFileOption, VaultOption
from isotopes.cli.passphrase import open_vault
from isotopes.cli.terminal import agreed, somebody_answers, tell
from isotopes.errors import VaultError


def evidence(
    answers: Annotated[
        Path, typer.Argument(exists=True, help="plan and answers, as `check --keep` wrote them")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="write the bundle here")],
    reveal: Annotated[
        bool, typer.Option("--reveal", help="put the opening in: it gives the key away")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="don't ask before the key is revealed")
    ] = False,
    location: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Put verdict, plan, answers, receipt, stamps and report into one ZIP archive.

    A script in it checks all of it with nothing but Python and NumPy. The plan holds the seed that
    says which query was which: share the bundle only after the model was asked.
    """
    from isotopes.vault import Receipt
    from isotopes.workflows.evidence import make_bundle, write_bundle
    from isotopes.workflows.evidence.archive import STAMPS
    from isotopes.workflows.evidence.bundle import OPENING, RECEIPT

    question = f"reveal the isotope's key in {out}?"
    if reveal and not yes and not (somebody_answers() and agreed(question)):
        raise VaultError("nothing was revealed", hint="--yes reveals the key without asking")
    with open_vault(location, passphrase_file) as vault:
        bundle = make_bundle(answers, vault, reveal=reveal)
    write_bundle(bundle, out)
    tell(f"written to {out}: {len(bundle.parts)} parts, {bundle.digest}")
    if not any(name.startswith(STAMPS) for name in bundle.parts):
        tell("note: there is no time stamp, so its dates rest on your word (isotopes vault stamp)")
    if OPENING not in bundle.parts:
        tell("note: the key stays secret, so the mark and its decoys can't be drawn again")
    elif Receipt.from_json(bundle.parts[RECEIPT]).beacon is None:
        tell(
            "note: there is no beacon in the key, so `isotopes verify-claim` can find the mark"
            " again, but can't confirm the claim (docs/claims.md)"
        )
