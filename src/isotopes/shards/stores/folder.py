"""A folder of this machine, or of a file system that all machines mount."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from isotopes.errors import StoreError
from isotopes.files import atomic_write
from isotopes.shards.stores.store import ShardStore, StoredFile

UNFINISHED = re.compile(r"\.[0-9a-f]{16}\.part")  # the file that a killed `atomic_write` leaves


@dataclass(frozen=True)
class FolderStore(ShardStore):
    """A folder, which is created at the first write."""

    folder: Path

    @property
    def address(self) -> str:
        return str(self.folder)

    def items(self) -> Iterator[StoredFile]:
        for place, folders, names in os.walk(self.folder, onerror=_refuse):
            folders.sort()
            for name in names:
                path = Path(place, name)
                if not UNFINISHED.fullmatch(name) and path.is_file():
                    yield StoredFile(path.relative_to(self.folder).as_posix(), path.stat().st_size)

    def read(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failed("read", self.folder / name, error) from error

    @contextmanager
    def local_copy(self, name: str, workspace: Path) -> Iterator[Path]:
        path = self.folder / name
        if not path.is_file():
            raise StoreError(f"there is no file {path}")
        yield path

    def write(self, name: str, data: bytes) -> None:
        with self._new(name) as part:
            part.write_bytes(data)

    def upload(self, name: str, file: Path) -> None:
        with self._new(name) as part:
            shutil.copyfile(file, part)

    def discard_unfinished(self) -> None:
        """Remove files that killed processes left half written."""
        for place, _, names in os.walk(self.folder):
            for name in names:
                if UNFINISHED.fullmatch(name):
                    Path(place, name).unlink(missing_ok=True)

    @contextmanager
    def _new(self, name: str) -> Iterator[Path]:
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(path, durable=True) as part:
                yield part
        except OSError as error:
            raise _failed("written", path, error) from error


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise _failed("listed", Path(error.filename), error) from error


def _failed(done: str, path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path} can't be {done}: {error.strerror or error}")
