"""Folders: what lies in them, and whether they can serve as input and output."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from isotopes.errors import FolderError

# A file that is being written: the run's own 8 digits, then 16 that stand for the file's name.
PART = re.compile(r"\.isotopes-[0-9a-f]{8}-[0-9a-f]{16}\.part")
# Systems' own files. Many hold previews of the pictures beside them, without the mark.
SYSTEM = {".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "__macosx"}
SYSTEM |= {"$recycle.bin", "system volume information"}


def check_folders(source: Path, output: Path) -> None:
    """Raise FolderError unless `source` is a folder and `output` lies apart from it.

    Symbolic links are followed first, so a link can't hide that the two overlap.
    """
    check_folder(source)
    try:
        if output.exists() and not output.is_dir():
            raise FolderError(f"the output must be a folder, got a file: {output}")
        here, there = source.resolve(), output.resolve()
        overlap = _within(there, here) or _within(here, there)
    except OSError as error:
        raise FolderError(
            f"the output folder can't be reached: {output}: {error.strerror}",
            hint="set its permissions, or choose another folder",
        ) from error
    if overlap:
        raise FolderError(
            f"the output folder must lie outside the input folder and not hold it,"
            f" got {output} for {source}",
            hint="choose an output folder beside the input folder",
        )


def check_folder(folder: Path) -> None:
    """Raise FolderError unless it is a folder."""
    try:
        if folder.is_dir():
            return
        problem = "not a folder" if folder.exists() else "not there"
    except OSError as error:
        problem = f"not to be reached: {error.strerror}"
    raise FolderError(f"{folder} must be a folder of pictures, and is {problem}")


def find_files(folder: Path) -> Iterator[Path]:
    """All files below `folder`; links to folders are included, not followed.

    Raises:
        FolderError: a folder that can't be listed.
    """

    def refuse(error: OSError) -> None:
        raise FolderError(f"the output folder can't be listed: {error}") from error

    for top, folders, files in os.walk(folder, onerror=refuse):
        for name in (*files, *(name for name in folders if Path(top, name).is_symlink())):
            yield Path(top, name)


def _within(inner: Path, outer: Path) -> bool:
    """Whether `inner` is `outer` or below it, by the file system's own idea of sameness."""
    if not outer.exists():
        return inner.is_relative_to(outer)
    return any(above.exists() and above.samefile(outer) for above in (inner, *inner.parents))
