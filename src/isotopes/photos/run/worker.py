"""One picture from the original to a finished file under a temporary name.

Originals are opened for reading only. Whatever is wrong with a picture ends in its outcome; only
what is wrong with the output folder is raised.
"""

from __future__ import annotations

import hashlib
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from isotopes.canonical import digest
from isotopes.errors import FolderError, PhotoError
from isotopes.photos.fate import Fate, Outcome
from isotopes.photos.format import Written
from isotopes.photos.formats import recognise
from isotopes.photos.inserting import mark_picture
from isotopes.photos.run.jobs import Job
from isotopes.photos.scan import describe_damage, is_media

PIECE = 1 << 20  # bytes read at once when a file is copied
PERMISSIONS = 0o777
SIDECARS = {".xmp"}  # metadata in a file of its own


def carry_out(job: Job, part: Path) -> Outcome:
    """Do the job, writing to `part`; nothing is written for what is skipped or unreadable.

    Raises:
        FolderError: the output can't be written.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on odd files
        try:
            with job.source.open("rb") as source:
                status = os.fstat(source.fileno())
                if job.mark is None and job.strip is None:
                    return _copy(job, source, part, status)
                data = source.read()
        except (OSError, PhotoError) as error:
            return Outcome(
                job.name, Fate.UNREADABLE, getattr(error, "strerror", None) or str(error)
            )
        return _change(job, data, part, status)


def _copy(job: Job, source: BinaryIO, part: Path, status: os.stat_result) -> Outcome:
    """Byte by byte, whatever its size."""
    checksum = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        while piece := _read_piece(source):
            checksum.update(piece)
            yield piece

    size = _write(part, pieces(), status)
    same = f"sha256:{checksum.hexdigest()}"
    return Outcome(job.name, Fate.COPIED, job.reason, same, same, size)


def _change(job: Job, data: bytes, part: Path, status: os.stat_result) -> Outcome:
    fate, reason, result = Fate.COPIED, job.reason, Written(data)
    if job.mark is not None:
        try:
            result = mark_picture(data, job.mark, job.alpha)
            fate = Fate.MARKED
        except Exception as error:  # noqa: BLE001 - decoders raise anything on hostile files
            reason = describe_damage(error)
    if job.strip is not None:
        try:
            stripped = _strip(job, result.data)
        except Exception as error:  # noqa: BLE001
            return Outcome(job.name, Fate.SKIPPED, f"its metadata can't be removed: {error}")
        if fate is Fate.COPIED and stripped.data != data:
            fate = Fate.STRIPPED
        left_out = (*result.left_out, *stripped.left_out)
        result = Written(stripped.data, tuple(dict.fromkeys(left_out)))
    size = _write(part, iter([result.data]), status)
    return Outcome(job.name, fate, reason, digest(data), digest(result.data), size, result.left_out)


def _strip(job: Job, data: bytes) -> Written:
    """Without metadata; what is no picture or film stays as it is, but for metadata sidecars."""
    known = recognise(data)
    if known is not None:
        return known.strip(data, job.strip)
    if data and is_media(job.source) or job.source.suffix.lower() in SIDECARS:
        raise PhotoError("not a kind of file whose metadata is understood")
    return Written(data)


def _read_piece(source: BinaryIO) -> bytes:
    try:
        return source.read(PIECE)
    except OSError as error:  # not to be taken for one of the output
        raise PhotoError(f"can't be read to its end: {error.strerror}") from error


def _write(part: Path, pieces: Iterator[bytes], status: os.stat_result) -> int:
    """Write the pieces safely to disk, with the original's time and permissions; the size."""
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            part.chmod(status.st_mode & PERMISSIONS | stat.S_IWUSR)
            os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
            os.fsync(file.fileno())
            return file.tell()
    except OSError as error:
        _discard(part)
        raise FolderError(
            f"the output folder can't be written: {part.parent}: {error.strerror}",
            hint="make room or set its permissions, and run the same again: it goes on from here",
        ) from error
    except PhotoError:
        _discard(part)
        raise


def _discard(part: Path) -> None:
    with suppress(OSError):
        part.unlink()
