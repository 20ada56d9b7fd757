"""What lies in a folder, and which files can be marked: one entry each (docs/photos.md)."""

from __future__ import annotations

import mimetypes
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from PIL.GifImagePlugin import GifImageFile

from isotopes.errors import FolderError, IsotopesError
from isotopes.escaping import escape
from isotopes.photos.fate import Entry, Fate
from isotopes.photos.folders import SYSTEM, check_folder
from isotopes.photos.formats import HEAD, recognise

# Pictures that the system's table of file types does not know.
PICTURES = {".arw", ".avif", ".cr2", ".cr3", ".dng", ".jxl", ".nef", ".orf"}
PICTURES |= {".psd", ".raf", ".rw2", ".xcf"}
MARKED = {".heic", ".heif", ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff"}
LONGEST = 200  # characters of what a decoder says
UNSUPPORTED = "unsupported picture format"


@dataclass(frozen=True)
class Listing:
    """What lies below a folder, before any file is opened.

    Attributes:
        names: of the files to look into, relative to the folder, sorted.
        left_out: all else, with the reason.
    """

    names: tuple[str, ...]
    left_out: tuple[Entry, ...]


def scan(folder: Path) -> list[Entry]:
    """Every entry below `folder` with its fate, sorted by name. Links are listed, not followed.

    No picture is decoded: damage inside the coded pixels shows when the picture is marked.

    Raises:
        FolderError: no folder, or one that can't be listed.
    """
    listing = list_files(folder)
    entries = [*listing.left_out, *(enter(folder / name, name) for name in listing.names)]
    return sorted(entries, key=lambda entry: entry.name)


def list_files(folder: Path, only: str | None = None) -> Listing:
    """The files below `folder` that may go into an output.

    Args:
        only: a pattern such as ``*.jpg`` or ``2024/*``; files that it doesn't match are left out.
            It is matched from the right, so that ``*.jpg`` holds in sub-folders too, in upper or
            lower case.

    Raises:
        FolderError: as `scan`.
    """
    check_folder(folder)
    names, left_out = [], []
    for found in _walk(folder):
        if isinstance(found, Entry):
            left_out.append(found)
        elif only is None or PurePosixPath(found.casefold()).match(only.casefold()):
            names.append(found)
        else:
            left_out.append(Entry(found, Fate.SKIPPED, f"not {only}"))
    return Listing(tuple(sorted(names)), tuple(left_out))


def enter(path: Path, name: str) -> Entry:
    """The entry of one file."""
    fate, reason = examine(path)
    try:
        size = 0 if fate is Fate.UNREADABLE else path.stat(follow_symlinks=False).st_size
    except OSError as error:  # it vanished meanwhile
        return Entry(name, Fate.UNREADABLE, error.strerror or str(error))
    return Entry(name, fate, reason, size)


def examine(path: Path) -> tuple[Fate, str]:
    """The fate of one file, and the reason if it can't be marked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on odd headers
        try:
            with path.open("rb") as file:
                reason = _why_not(path, file)
        except OSError as error:
            if error.errno is not None:  # Pillow's own have none
                return Fate.UNREADABLE, error.strerror or str(error)
            return Fate.COPIED, describe_damage(error)
        except Exception as error:  # noqa: BLE001 - header parsers raise anything on hostile files
            return Fate.COPIED, describe_damage(error)
    return (Fate.COPIED, reason) if reason else (Fate.MARKABLE, "")


def describe_damage(error: Exception) -> str:
    """Why a picture can't be marked, in words and on one line, from the exception."""
    told = " ".join(str(error).split())[:LONGEST] or type(error).__name__
    return escape(told if isinstance(error, IsotopesError) else f"can't be decoded: {told}")


def is_media(path: Path) -> bool:
    """Whether the file's name is that of a picture or film."""
    kind = mimetypes.guess_type(path.name)[0] or ""
    return path.suffix.lower() in PICTURES or kind.startswith(("image/", "video/"))


def _walk(folder: Path) -> Iterator[str | Entry]:
    """Names of files to look into, and entries of what is left out."""
    pending = [""]
    while pending:
        inside = pending.pop()
        try:
            with os.scandir(folder / inside) as listed:
                items = list(listed)
        except OSError as error:
            if not inside:
                raise FolderError(f"the input folder can't be listed: {error}") from error
            yield Entry(inside, Fate.UNREADABLE, error.strerror or str(error))
            continue
        for item in items:
            name = inside + item.name
            reason = _left_out(item)
            if reason is not None:
                shown = name.encode("utf-8", "backslashreplace").decode()
                yield Entry(shown + ("/" if _is_folder(item) else ""), Fate.SKIPPED, reason)
            elif _is_folder(item):
                pending.append(f"{name}/")
            else:
                yield name


def _left_out(item: os.DirEntry[str]) -> str | None:
    """Why something does not go into the output at all; None if it does."""
    try:
        item.name.encode()
    except UnicodeEncodeError:
        return "its name is not valid Unicode"
    if item.is_symlink():
        return "symbolic link: not followed"
    if item.name.startswith(".") or item.name.lower() in SYSTEM:
        return "hidden or system file"
    if not _is_folder(item) and not item.is_file(follow_symlinks=False):
        return "not a regular file"
    return None


def _is_folder(item: os.DirEntry[str]) -> bool:
    return item.is_dir(follow_symlinks=False)


def _why_not(path: Path, file: BinaryIO) -> str | None:
    """Why the picture in this file can't be marked; None if it can."""
    head = file.read(HEAD)
    if not head:
        return "empty file"
    file.seek(0)
    known = recognise(head)
    if known is not None:
        return known.why_not(file)
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "animated" if GifImageFile(file).is_animated else f"{UNSUPPORTED}: GIF"
    kind = mimetypes.guess_type(path.name)[0] or ""
    suffix = path.suffix.lower()
    if suffix in PICTURES or (kind.startswith("image/") and suffix not in MARKED):
        return f"{UNSUPPORTED}: {suffix[1:].upper()}"
    return "not a picture"
