"""Writing a file whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# The errors of network folders and mounted object stores.
NO_FLUSHING = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


@contextmanager
def atomic_write(
    path: Path, *, mode: int = 0o666, replace: bool = True, durable: bool = False
) -> Iterator[Path]:
    """A temporary file to write to, which becomes `path` in one step when the block ends well.

    If the block raises, the temporary file is removed and `path` stays as it was. Readers see the
    old contents or the new ones, never a part. Processes may write to the same path at once: the
    last one to finish wins.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with atomic_write(Path(folder, "answer")) as part:
    ...         _ = part.write_text("42")
    ...     Path(folder, "answer").read_text()
    '42'

    Args:
        path: in an existing folder.
        mode: permissions of a new file, minus the umask. They hold from the first byte on.
        replace: if False, whatever is at `path` stays, a dangling link included.
        durable: whether the file must survive a power cut as soon as the block has ended, as far
            as its file system can promise that.

    Raises:
        FileExistsError: something is at `path` and must not be replaced.
        OSError: the file can't be written.
    """
    if not replace:
        _refuse_existing(path)
    # Short, so that it fits if the name itself fits; the dot hides it from listings.
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    try:
        yield part
        if durable:
            can_flush(part)
        if replace:
            part.replace(path)
        else:
            _publish(part, path)
        if durable:
            _flush_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def flush(descriptor: int) -> bool:
    """Wait until the file is on the disk; False if its file system can't flush.

    Raises:
        OSError: it could not be flushed for another reason.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NO_FLUSHING:
            raise
        return False
    return True


def can_flush(path: Path) -> bool:
    """Flush the file; False if its file system can't flush, so that SQLite would fail.

    Raises:
        OSError: it can't be opened, or could not be flushed for another reason.
    """
    with path.open("rb+" if os.name == "nt" else "rb") as file:  # a file may be read-only
        return flush(file.fileno())


def _publish(part: Path, path: Path) -> None:
    """Rename `part` unless something is at `path`."""
    try:
        os.link(part, path)  # unlike a rename, it fails if another process was first
    except OSError:  # or no hard links on this file system (FAT, some network folders)
        _refuse_existing(path)
        part.rename(path)


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None


def _flush_folder(folder: Path) -> None:
    """Wait until the file's name is on the disk too."""
    with suppress(OSError):  # Windows can't open folders, and some network folders can't be flushed
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
