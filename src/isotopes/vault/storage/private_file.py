"""Files that only their owner can read, that appear whole or not at all, and replace nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_path

from isotopes.errors import VaultError
from isotopes.files import atomic_write


@contextmanager
def private_file(path: Path) -> Iterator[Path]:
    """A temporary path (an empty file, mode 0600) that becomes `path` if the block ends well.

    Raises:
        VaultError: `path` exists already, or its folder isn't there or can't be written. The
            platform's data folder is made.
    """
    try:
        _need_folder(path.parent)
        with atomic_write(path, mode=0o600, replace=False, durable=True) as temporary:
            yield temporary
    except FileExistsError as error:
        raise VaultError(
            f"{path} exists already",
            hint="nothing was overwritten: choose another file, or move it",
        ) from error
    except OSError as error:
        raise VaultError(f"{path} can't be written: {error.strerror or error}") from error


def write_private(path: Path, content: bytes) -> None:
    """Write `content` to a new private file.

    Raises:
        VaultError: as `private_file`.
    """
    with private_file(path) as temporary:
        temporary.write_bytes(content)


def _need_folder(folder: Path) -> None:
    """Make the platform's data folder. Any other one that isn't there is a typing error."""
    if folder.is_dir():
        return
    if folder != user_data_path("isotopes"):
        raise VaultError(f"there is no folder {folder}", hint="make it first, or correct the path")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
