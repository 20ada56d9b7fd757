"""The last steps of each part: metadata that must go, and the note against training."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from isotopes.errors import PhotoError
from isotopes.photos.formats import HEAD, recognise
from isotopes.photos.listing import describe_damage, is_media
from isotopes.photos.opting_out import opted_out
from isotopes.photos.reading import opened
from isotopes.shards.exif_field import without_exif
from isotopes.shards.part import SamplePart, Treated
from isotopes.shards.terms import ShardTerms

NOT_UNDERSTOOD = "its metadata can't be removed: not a kind of file whose metadata is understood"
NOT_READ = "its metadata can't be removed: no valid JSON"
SIDECAR = "xmp"  # metadata in a file of its own


def finished(part: SamplePart, found: Treated, terms: ShardTerms) -> Treated:
    """The part as it is published.

    Every picture that we understand is stripped and tagged, whatever its role. With `strip`, other
    pictures, films and metadata are left out.
    """
    data, reason = found.data, found.reason
    if data is None:
        return found
    known = recognise(data[:HEAD])
    if known is None:
        return found if terms.strip is None else _stripped_other(part, found, terms)
    if terms.strip is not None:
        try:
            data = known.strip(data, terms.strip).data
        except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile files
            why = f"its metadata can't be removed: {describe_damage(error)}"
            return Treated(None, False, found.pixels, why)
    if terms.opt_out:
        try:
            data = opted_out(data).data
        except Exception as error:  # noqa: BLE001
            reason = "; ".join(filter(None, [reason, f"no opt-out: {describe_damage(error)}"]))
    return Treated(data, found.marked, found.pixels, reason)


def is_text(data: bytes) -> bool:
    """Whether it is text, which no decoder of pictures needs to look at."""
    if b"\0" in data:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_to_be_left_out(name: str) -> bool:
    """Whether a part with this name is left out with `strip`, whatever is in it."""
    suffix = name.rpartition(".")[2]
    return suffix == SIDECAR or is_media(Path(f"part.{suffix}"))


def _stripped_other(part: SamplePart, found: Treated, terms: ShardTerms) -> Treated:
    data = part.data
    if not data:
        return found
    if part.is_picture or is_to_be_left_out(part.name) or (not is_text(data) and _opens(data)):
        return Treated(None, False, found.pixels, NOT_UNDERSTOOD)
    assert terms.strip is not None
    new = without_exif(part.name, data, terms.strip)
    return replace(found, data=new, reason=found.reason if new is not None else NOT_READ)


def _opens(data: bytes) -> bool:
    try:
        with opened(io.BytesIO(data)):
            return True
    except (PhotoError, OSError):
        return False
