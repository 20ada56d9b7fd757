"""A claim: a claimant's three documents, and whether they match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from isotopes.errors import FolderError, PlanError, ReceiptError, reading, unreadable
from isotopes.marks import Family, Mark, get_family, mark_families
from isotopes.strict_json import read_json
from isotopes.vault import CheckedOpening, Opening, Receipt, check_opening
from isotopes.verify import Outcome, Verdict
from isotopes.workflows.evidence import read_bundle
from isotopes.workflows.evidence.archive import STAMPS
from isotopes.workflows.evidence.bundle import OPENING, RECEIPT, VERDICT, manifest_of

RECEIPT_STAMPS = f"{STAMPS}receipt-"
WANTED = (RECEIPT, OPENING, VERDICT)
REVEALED = "`isotopes evidence ANSWERS --out BUNDLE --reveal` makes a bundle that holds all of them"


@dataclass(frozen=True)
class Claim:
    """A claim whose documents match.

    Attributes:
        receipt: what was to be stamped before the pictures were published.
        opening: key and terms, which match the receipt.
        verdict: "detected", of that isotope.
        family: draws the mark by its key.
        looked_up: the reader looked up the announced beacon, and its value is the one in the key.
        stamps: time stamps that came with the claim and should be of its receipt; not checked.
    """

    receipt: Receipt
    opening: CheckedOpening
    verdict: Verdict
    family: Family
    looked_up: bool = False
    stamps: tuple[bytes, ...] = ()

    def draw(self, index: int) -> Mark:
        """The mark for 0, otherwise decoy `index`, which may be beyond the committed number.

        Raises:
            MarkError: the family holds fewer draws.
        """
        return self.family.draw(self.opening.key, index)


def read_claim(path: Path, *, beacon: bytes | None = None) -> Claim:
    """Read a claim, and refuse one that can't be decided by asking again.

    Args:
        path: an evidence bundle with the opening in it, or a folder with receipt.json, opening.json
            and verdict.json; time stamps of the receipt are as in a bundle, stamps/receipt-1.tsr.
        beacon: the announced beacon's value, if the reader has looked it up.

    Raises:
        FolderError: a document is missing, or is not what it should be.
        ReceiptError: the opening doesn't match the receipt, or the verdict is of another isotope.
        PlanError: it claims nothing, or its mark may have been picked to fit the model.
        MarkError: this release can't draw the mark.
    """
    parts = _parts(path)
    receipt = Receipt.from_json(parts[RECEIPT])
    opening = check_opening(receipt, Opening.from_json(parts[OPENING]), beacon=beacon)
    with reading(path / VERDICT, "a verdict", hint="give what `isotopes check --json` printed"):
        verdict = Verdict.from_dict(read_json(parts[VERDICT]))
    _check_drawn(opening)
    stated = opening.statement
    family = get_family(stated["family"], stated["options"], stated["family_version"])
    if family.size is not None:
        _check_beacon(opening, f"one of {family.size}")
    _check_pinned(family)
    stamps = tuple(parts[name] for name in sorted(parts) if name.startswith(RECEIPT_STAMPS))
    claim = Claim(receipt, opening, verdict, family, beacon is not None, stamps)
    _check_same_isotope(claim)
    return claim


def _parts(path: Path) -> Mapping[str, bytes]:
    if path.is_dir():
        parts = {}
        for name in WANTED:
            parts[name] = _read(path / name)
        for stamp in sorted(path.glob(f"{RECEIPT_STAMPS}*.tsr")):
            parts[f"{STAMPS}{stamp.name}"] = _read(stamp)
        return parts
    bundle = read_bundle(path)
    missing = [name for name in WANTED if name not in bundle.parts]
    if missing:
        raise FolderError(f"{path} has no {' and no '.join(missing)}", hint=REVEALED)
    if bundle.manifest != manifest_of(bundle.parts):
        raise FolderError(
            f"{path} was altered or damaged: its manifest lists other parts than it holds",
            hint=f"`isotopes verify-evidence {path}` says which; ask the claimant for it again",
        )
    return bundle.parts


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FolderError(unreadable(path, error), hint=REVEALED) from None


def _check_same_isotope(claim: Claim) -> None:
    verdict = claim.verdict
    if verdict.commitment != claim.receipt.commitment:
        raise ReceiptError(
            f"the verdict is of the commitment {verdict.commitment}, the receipt of"
            f" {claim.receipt.commitment}",
            hint="ask the claimant for the receipt and the opening of the isotope that was tested",
        )
    if verdict.verdict is not Outcome.DETECTED:
        raise PlanError(
            f"there is no claim to verify: the verdict says {verdict.verdict}",
            hint="a claim is a verdict that says detected",
        )


def _check_drawn(opening: CheckedOpening) -> None:
    """Refuse a mark that somebody could pick: the model may know it from elsewhere.

    The options come from a stranger and name files. Nothing is opened before they are looked at.
    """
    stated = opening.statement
    name, options = stated["family"], stated["options"]
    if not mark_families()[name].drawn_with(options):
        raise PlanError(
            f"the mark ({name}) was picked by a person, not drawn by the key: that a model knows it"
            " doesn't say from whose pictures",
            hint="a mark that averages another person's pictures looks like this; only a drawn"
            " mark can be claimed",
        )
    if "pool" in options:
        _check_beacon(opening, "one of a pool of pictures")


def _check_pinned(family: Family) -> None:
    """Refuse files whose content wasn't committed to.

    Whoever knows the key knows which of them it draws, and could put any picture there afterwards.
    """
    loose = sorted(set(family.pinned_options().items()) - set(family.options.items()))
    if loose:
        raise PlanError(
            f"the commitment names files, but not what is in them: it has no {loose[0][0]}",
            hint="such files could be swapped once the key was known; `isotopes mark` commits to"
            " their content",
        )


def _check_beacon(opening: CheckedOpening, one_of: str) -> None:
    """Refuse a mark of a small set without public randomness in its key."""
    if opening.beacon is None:
        raise PlanError(
            f"the mark ({opening.statement['family']}) is {one_of}, and no public randomness is in"
            " its key: so many tries find a key that draws any of them",
            hint="such a claim needs a beacon: `isotopes vault prepare` announces one",
        )
