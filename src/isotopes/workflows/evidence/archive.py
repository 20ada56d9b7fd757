"""The ZIP archive of a bundle: its parts as plain files, and nothing else.

Programs that unpack archives disagree: about names that differ in case only or lead out of the
folder, links, entries that the directory at the end doesn't list, and bytes before, between or
behind. So two readers could see different evidence under one digest. What `write_archive` doesn't
write is refused.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path

from isotopes.errors import FolderError, unreadable
from isotopes.vault.storage.private_file import private_file

STAMPS = "stamps/"
STAMP = re.compile(STAMPS + r"(receipt|plan)-[1-9][0-9]{0,2}\.tsr")
MOST_BYTES = 2**30  # of all parts together, unpacked
MOST_PARTS = 64
EPOCH = (2026, 1, 1, 0, 0, 0)  # ZIP wants a time; the same parts give the same file
# Bytes of a ZIP archive beside names and contents: of each entry its header and its line in the
# directory (46 + 30), of the whole archive the directory's end.
OF_ENTRY, OF_ARCHIVE = 76, 22


def write_archive(parts: Mapping[str, bytes], path: Path) -> None:
    """Write a new archive that only its owner can read.

    Raises:
        VaultError: it is there already, or can't be written.
    """
    with private_file(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(parts.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def read_archive(path: Path, names: Collection[str]) -> dict[str, bytes]:
    """The parts in an archive.

    Args:
        names: which there may be, beside time stamps.

    Raises:
        FolderError: there is no such file, it is no archive as `write_archive` writes them, or it
            is too large unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_PARTS or sum(one.file_size for one in entries) > MOST_BYTES:
                raise FolderError(f"{path} unpacks to more than a bundle may hold")
            _check_entries(path, entries, names)
            return {one.filename: archive.read(one) for one in entries}
    except OSError as error:
        raise FolderError(unreadable(path, error)) from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
        raise FolderError(f"{path} is no evidence bundle, or damaged: {error}") from None
    except Exception as error:
        if type(error).__module__ != "zlib":
            raise
        raise FolderError(f"{path} is damaged: {error}") from None


def _check_entries(path: Path, entries: list[zipfile.ZipInfo], names: Collection[str]) -> None:
    odd = [one.filename for one in entries if not _is_part(one, names)]
    if odd:
        raise FolderError(
            f"{path} is no evidence bundle: {odd[0]!r} is no part of one",
            hint="parts are plain files with the names that docs/evidence.md lists",
        )
    held = [one.filename for one in entries]
    if len(set(held)) < len(held):
        raise FolderError(f"{path} is no evidence bundle: it holds a part twice")
    of_entries = sum(OF_ENTRY + 2 * len(one.filename) + one.compress_size for one in entries)
    found = path.stat().st_size
    if found != OF_ARCHIVE + of_entries:
        raise FolderError(
            f"{path} holds more than its parts, or isn't as `isotopes evidence` wrote it:"
            f" {found:,} bytes instead of {OF_ARCHIVE + of_entries:,}",
            hint="ask for the file itself, not unpacked and packed again",
        )


def _is_part(entry: zipfile.ZipInfo, names: Collection[str]) -> bool:
    name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
    return kind in {0, stat.S_IFREG} and (name in names or STAMP.fullmatch(name) is not None)
