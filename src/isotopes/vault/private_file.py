"""Files that only their owner can read, that appear whole or not at all, and replace nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_path

from isotopes.errors import VaultError


@contextmanager
def private_file(path: Path) -> Iterator[Path]:
    """A temporary path (an empty file, mode 0600) that becomes `path` if the block ends well.

    Raises:
        VaultError: `path` exists already, or its folder isn't there or can't be written. The
            platform's data folder is made.
    """
    if os.path.lexists(path):
        raise _exists(path)
    try:
        _need_folder(path.parent)
        descriptor, name = tempfile.mkstemp(".part", f".{path.name}.", path.parent)
    except OSError as error:
        raise VaultError(f"{path} can't be written: {error.strerror}") from error
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        _publish(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_private(path: Path, content: bytes) -> None:
    """Write `content` to a new private file.

    Raises:
        VaultError: as `private_file`.
    """
    with private_file(path) as temporary:
        temporary.write_bytes(content)


def _need_folder(folder: Path) -> None:
    """A folder that a person named and that isn't there is a slip of the pen: nothing is made."""
    if folder.is_dir():
        return
    if folder != user_data_path("isotopes"):
        raise VaultError(f"there is no folder {folder}", hint="make it first, or correct the path")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _publish(temporary: Path, path: Path) -> None:
    with temporary.open("r+b") as file:
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # unlike a rename, it fails where another process was first
    except FileExistsError:
        raise _exists(path) from None
    except OSError:  # no hard links on this file system (FAT, some network folders)
        if path.exists():
            raise _exists(path) from None
        temporary.rename(path)


def _exists(path: Path) -> VaultError:
    return VaultError(
        f"{path} exists already", hint="nothing was overwritten: choose another file, or move it"
    )
