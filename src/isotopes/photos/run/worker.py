"""One picture from the original to a finished file under a temporary name.

Originals are opened for reading only. Anything wrong with a picture ends in its outcome; only
problems with the output folder are raised.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from isotopes.canonical import digest
from isotopes.errors import PhotoError
from isotopes.photos.fate import Fate, FileOutcome
from isotopes.photos.format import Written
from isotopes.photos.formats import recognise
from isotopes.photos.inserting import COLOUR_ALONE, mark_picture
from isotopes.photos.listing import describe_damage, is_media
from isotopes.photos.metadata.position_text import tells_position
from isotopes.photos.opting_out import opted_out, signed
from isotopes.photos.run.jobs import COMPANY, Job
from isotopes.photos.run.writing import Refused, store

PIECE = 1 << 20  # bytes read at once when a file is copied
SEARCHED_TEXT = 1 << 16  # bytes at a text's beginning: tracks and sidecars tell positions there
SIDECARS = {".xmp"}  # metadata in a file of its own


def carry_out_job(job: Job, part: Path) -> FileOutcome:
    """Do the job, writing to `part`; nothing is written for what is left out.

    Raises:
        FolderError: nothing more can be written into the output.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on odd files
        try:
            with job.source.open("rb") as source:
                status = os.fstat(source.fileno())
                if job.is_copy:
                    return _copy(job, source, part, status)
                data = source.read()
            return _change(job, data, part, status)
        except Refused as error:
            return FileOutcome(job.name, Fate.UNWRITABLE, str(error))
        except (OSError, PhotoError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return FileOutcome(job.name, Fate.UNREADABLE, reason)
        except MemoryError:
            return FileOutcome(job.name, Fate.UNREADABLE, "no memory is left to read it")


def _copy(job: Job, source: BinaryIO, part: Path, status: os.stat_result) -> FileOutcome:
    """Byte by byte, whatever its size."""
    checksum = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        while piece := _read_piece(source):
            checksum.update(piece)
            yield piece

    stored = store(part, pieces(), status)
    same = f"sha256:{checksum.hexdigest()}"
    return FileOutcome(
        job.name, Fate.COPIED, job.reason, same, same, stored.size, missing=stored.missing
    )


def _change(job: Job, data: bytes, part: Path, status: os.stat_result) -> FileOutcome:
    fate, reason, result = Fate.COPIED, job.reason, Written(data)
    if job.mark is not None:
        try:
            result = mark_picture(data, job.mark, job.alpha, coloured=job.coloured)
            fate, reason = Fate.MARKED, ""
        except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile files
            reason = describe_damage(error)
            # All of its group are grey then: none of them carries the mark.
            if job.in_company and reason != COLOUR_ALONE:
                return FileOutcome(job.name, Fate.SKIPPED, f"{reason}; {COMPANY}")
    if job.strip is not None:
        try:
            stripped = _strip(job, result.data)
        except Exception as error:  # noqa: BLE001
            reason = f"its metadata can't be removed: {describe_damage(error)}"
            return FileOutcome(job.name, Fate.SKIPPED, reason)
        if fate is Fate.COPIED and stripped.data != data:
            fate = Fate.STRIPPED
        left_out = (*result.left_out, *stripped.left_out)
        result = Written(stripped.data, tuple(dict.fromkeys(left_out)))
    if job.opt_out:
        try:
            tagged = _tag(job, result.data)
        except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile files
            reason = "; ".join([*filter(None, [reason]), f"no opt-out: {describe_damage(error)}"])
        else:
            fate = Fate.TAGGED if fate is Fate.COPIED else fate
            left_out = tuple(dict.fromkeys((*result.left_out, *tagged.left_out)))
            result = Written(tagged.data, left_out)
    stored = store(part, iter([result.data]), status)
    return FileOutcome(
        job.name,
        fate,
        reason,
        digest(data),
        digest(result.data),
        stored.size,
        result.left_out,
        stored.missing,
    )


def _strip(job: Job, data: bytes) -> Written:
    """Without metadata; texts that tell no position, and other files, stay as they are."""
    known = recognise(data)
    if known is not None:
        return known.strip(data, job.strip)
    if data and is_media(job.source) or job.source.suffix.lower() in SIDECARS:
        raise PhotoError("not a kind of file whose metadata is understood")
    if tells_position(_as_text(data[:SEARCHED_TEXT])):
        raise PhotoError("it tells a position")
    return Written(data)


def _as_text(data: bytes) -> str:
    """UTF-8 or UTF-16 text, which may be cut within a character; empty for anything else."""
    code = "utf-16" if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8"
    try:
        text = codecs.getincrementaldecoder(code)().decode(data)
    except UnicodeDecodeError:
        return ""
    return "" if "\0" in text else text


def _tag(job: Job, data: bytes) -> Written:
    """With the note against training, signed if there is a credential."""
    tagged = opted_out(data)
    if job.credential is None:
        return tagged
    return replace(tagged, data=signed(tagged.data, job.credential))


def _read_piece(source: BinaryIO) -> bytes:
    try:
        return source.read(PIECE)
    except OSError as error:  # not to be confused with errors of the output
        raise PhotoError(f"can't be read to its end: {error.strerror}") from error
