"""What the vault knows about a mark, for a verdict's page: dates, stamps, strength, pictures."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from PIL import Image

from isotopes.canonical import digest_file
from isotopes.errors import IsotopesError, MarkError, ReceiptError
from isotopes.marks import Family, Mark, get_family
from isotopes.photos import mark_picture, read_picture
from isotopes.report.pages.background import Background, KeptStamp
from isotopes.report.pages.content import Picture
from isotopes.vault import FileEntry, Isotope, IsotopeSummary, Receipt, Vault
from isotopes.vault.commitments.stamp import claimed_time
from isotopes.workflows.marking.looking import LOOKED_AT

SIDE = 256  # pixels, of a mark's picture
LONGEST = 900  # pixels, the longer side of a photo
SPECIMEN = "A mark of this kind that nobody published. The real one stays secret."


def backgrounds(
    vault: Vault, commitments: Iterable[str], *, plan_hash: str | None = None, asked: str = ""
) -> tuple[Background, ...]:
    """What this vault knows about the marks with these commitments; unknown ones are skipped.

    Needs no passphrase, and nothing in it gives a mark away.

    Args:
        plan_hash: of the plan whose stamps are wanted.
        asked: when the model was asked, UTC, ISO 8601; "" if nobody noted it.
    """
    known = {summary.commitment: summary for summary in vault.summaries()}
    return tuple(
        _background(vault, known[one], plan_hash, asked)
        for one in dict.fromkeys(commitments)
        if one in known
    )


def with_secrets(found: Background, isotope: Isotope, entries: Iterable[FileEntry]) -> Background:
    """The same with the mark itself, and one original beside its marked copy if it is there.

    Anybody who sees these can find the mark, remove it, or put it into other pictures.

    Raises:
        MarkError: the mark can't be drawn.
    """
    mark = isotope.mark()
    shown = [_picture_of(mark, "The mark itself", "The mark itself. Keep it secret.")]
    return replace(found, secrets=(*shown, *_pair(isotope, mark, entries)))


def _background(
    vault: Vault, summary: IsotopeSummary, plan_hash: str | None, asked: str
) -> Background:
    added = sorted(entry.added for entry in vault.files(summary.name) if entry.added)
    receipt = Receipt(summary.commitment, summary.created, summary.beacon_source)
    return Background(
        isotope=summary.name,
        family=summary.family,
        strength=_strength(summary),
        marked=summary.marked,
        pictures=summary.files,
        committed=summary.created,
        marked_first=added[0] if added else "",
        marked_last=added[-1] if added else "",
        receipt_stamps=_stamps(vault, receipt.digest),
        plan_stamps=() if plan_hash is None else _stamps(vault, plan_hash),
        asked=asked or None,
        specimen=_specimen(summary),
    )


def _strength(summary: IsotopeSummary) -> str:
    try:
        words = get_family(summary.family, summary.options).visibilities
    except MarkError:
        words = {}
    named = [word for word, alpha in words.items() if alpha == summary.alpha]
    return f"{named[0]} ({summary.alpha:g})" if named else f"{summary.alpha:g}"


def _stamps(vault: Vault, digest: str) -> tuple[KeptStamp, ...]:
    found = []
    for token, authority in vault.stamps(digest):
        try:
            time = claimed_time(token, digest).isoformat()
        except ReceiptError:
            time = None
        found.append(KeptStamp(authority, time))
    return tuple(found)


def _specimen(summary: IsotopeSummary) -> Picture | None:
    """An example mark with a public key; None if the family's marks are somebody's pictures."""
    if summary.options:
        return None
    try:
        family: Family = get_family(summary.family, None, summary.family_version)
        if not family.exchangeable:
            return None
        mark = family.draw(LOOKED_AT, 0)
    except MarkError:
        return None
    return _picture_of(mark, f"A mark of the kind {summary.family}", SPECIMEN)


def _picture_of(mark: Mark, alt: str, caption: str) -> Picture:
    return Picture(_png(Image.fromarray(mark.render(SIDE, SIDE).pixels)), "image/png", alt, caption)


def _pair(isotope: Isotope, mark: Mark, entries: Iterable[FileEntry]) -> list[Picture]:
    """The first unchanged original, and its marked version."""
    for entry in sorted(entries, key=lambda entry: entry.name):
        path = Path(isotope.source) / entry.name
        if not (isotope.source and entry.marked and path.is_file()):
            continue
        try:
            if digest_file(path) != entry.sha256_before:
                continue
            before = read_picture(path)
            marked = mark_picture(path.read_bytes(), mark, isotope.alpha)
            after = read_picture(io.BytesIO(marked.data))
        except (IsotopesError, OSError):
            continue
        return [
            _photo(Image.fromarray(before), f"{entry.name} as it was"),
            _photo(Image.fromarray(after), f"{entry.name} as it was published"),
        ]
    return []


def _photo(image: Image.Image, caption: str) -> Picture:
    image.thumbnail((LONGEST, LONGEST))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return Picture(out.getvalue(), "image/jpeg", caption, caption)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()
