"""The options of `verify-claim` that show how the key of a claim came about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.errors import FolderError, unreadable

if TYPE_CHECKING:
    from isotopes.vault.commitments.receipt_list import ReceiptList
    from isotopes.verify.verdicts.claim import KeyCheck
    from isotopes.workflows.claims import Claim


@dataclass(frozen=True)
class KeyOptions:
    """What the third party looked up about the claim's key."""

    beacon: Annotated[
        str | None,
        typer.Option(metavar="FILE|HEX|URL", help="the announced beacon, as you looked it up"),
    ] = None
    drawn: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="when that beacon was drawn, as its source says"),
    ] = None
    root: Annotated[
        list[Path] | None,
        typer.Option(
            help="a root certificate, PEM, from an authority itself: check the receipt's stamps"
        ),
    ] = None
    crl: Annotated[
        list[Path] | None, typer.Option("--crl", help="a list of revoked certificates, PEM")
    ] = None

    stamp: Annotated[
        list[Path] | None,
        typer.Option(help="a time stamp of the receipt, or of the list of --receipts"),
    ] = None

    def read(self, path: Path, listed: ReceiptList | None) -> tuple[Claim, KeyCheck]:
        """The claim in `path`, and what these options show about its key.

        Args:
            listed: the list of all the claimant's receipts.

        Raises:
            IsotopesError: the claim, a value, time or certificate can't be read, or no stamp can be
                believed.
        """
        from isotopes.workflows.claims import check_key, read_claim
        from isotopes.workflows.marking.preparing import read_beacon
        from isotopes.workflows.stamping import read_day, read_trust

        claim = read_claim(path, beacon=None if self.beacon is None else read_beacon(self.beacon))
        trust = read_trust(self.root, self.crl or ()) if self.root else None
        drawn = None if self.drawn is None else read_day(self.drawn)
        stamps = [_read(stamp) for stamp in self.stamp or ()]
        return claim, check_key(claim, trust, drawn=drawn, stamps=stamps, listed=listed)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FolderError(unreadable(path, error)) from None
