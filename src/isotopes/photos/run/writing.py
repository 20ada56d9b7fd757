"""A file written under a temporary name, with as much of the original as its file system keeps."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from isotopes.errors import FolderError

PERMISSIONS = 0o777
# Errors that the next file would meet too. All others concern one file alone.
FATAL = {errno.ENOSPC, errno.EROFS, errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOMEM}
FATAL |= {getattr(errno, name) for name in ("EDQUOT", "ESTALE", "ENOTCONN") if hasattr(errno, name)}


class Refused(Exception):  # noqa: N818 - reads as a sentence where it is caught
    """The output folder takes other files, but not this one; why, in words."""


@dataclass(frozen=True)
class Stored:
    """A file that is on disk under its temporary name.

    Attributes:
        size: in bytes.
        missing: what its file system doesn't keep, in words.
    """

    size: int
    missing: tuple[str, ...] = ()


def store(part: Path, pieces: Iterator[bytes], status: os.stat_result) -> Stored:
    """Write the pieces safely to disk, with the original's time and permissions.

    Network folders and mounted object stores don't support permissions, times or flushing; the file
    is fine without them.

    Args:
        part: a new file; its folder is made.
        status: the original's.

    Raises:
        FolderError: nothing more can be written there.
        Refused: this file can't be written there.
    """
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            missing = _keep(part, file.fileno(), status)
            return Stored(file.tell(), missing)
    except OSError as error:
        discard(part)
        raise refusal(part.parent, error) from error
    except BaseException:
        discard(part)
        raise


def refusal(folder: Path, error: OSError) -> FolderError | Refused:
    """What an error in writing means: for all files (FolderError), or for this one."""
    if error.errno not in FATAL:
        return Refused(f"the output folder refuses it: {error.strerror or error}")
    return FolderError(
        f"the output folder can't be written: {folder}: {error.strerror}",
        hint="make room or set its permissions, and run the same again: it goes on from here",
    )


def discard(part: Path) -> None:
    """Remove a temporary file, as far as that can be done."""
    with suppress(OSError):
        part.unlink()


def _keep(part: Path, descriptor: int, status: os.stat_result) -> tuple[str, ...]:
    mode = status.st_mode & PERMISSIONS | stat.S_IWUSR
    times = (status.st_atime_ns, status.st_mtime_ns)
    steps: dict[str, Callable[[], object]] = {
        "permissions": lambda: part.chmod(mode),
        "times": lambda: os.utime(part, ns=times),
        "safety against a loss of power": lambda: os.fsync(descriptor),
    }
    return tuple(what for what, step in steps.items() if not _works(step))


def _works(step: Callable[[], object]) -> bool:
    try:
        step()
    except OSError as error:
        if error.errno in FATAL:
            raise
        return False
    except NotImplementedError:
        return False
    return True
