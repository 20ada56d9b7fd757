"""What lies in a folder, and which of it can be marked: one entry each (docs/photos.md)."""

from __future__ import annotations

import mimetypes
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from PIL.GifImagePlugin import GifImageFile

from isotopes.errors import FolderError, IsotopesError
from isotopes.photos.fate import Entry, Fate
from isotopes.photos.folders import SYSTEM, check_folder
from isotopes.photos.formats import HEAD, recognise

# Pictures that the system's table of file types does not know.
PICTURES = {".arw", ".avif", ".cr2", ".cr3", ".dng", ".jxl", ".nef", ".orf"}
PICTURES |= {".psd", ".raf", ".rw2", ".xcf"}
MARKED = {".heic", ".heif", ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff"}
UNSUPPORTED = "unsupported picture format"


def scan(folder: Path) -> list[Entry]:
    """Every entry below `folder` with its fate, sorted by name. Links are listed, not followed.

    No picture is decoded: damage inside the coded pixels shows when the picture is marked.

    Raises:
        FolderError: no folder, or one that can't be listed.
    """
    check_folder(folder)
    return sorted(_walk(folder), key=lambda entry: entry.name)


def examine(path: Path) -> tuple[Fate, str]:
    """The fate of one file, and the reason where it can't be marked."""
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
    """Why a picture can't be marked, in words, from what was raised over it."""
    if isinstance(error, IsotopesError):
        return str(error)
    return f"can't be decoded: {str(error) or type(error).__name__}"


def is_media(path: Path) -> bool:
    """Whether the file's name is that of a picture or film."""
    kind = mimetypes.guess_type(path.name)[0] or ""
    return path.suffix.lower() in PICTURES or kind.startswith(("image/", "video/"))


def _walk(folder: Path) -> Iterator[Entry]:
    pending = [""]
    while pending:
        inside = pending.pop()
        try:
            with os.scandir(folder / inside) as found:
                items = list(found)
        except OSError as error:
            if not inside:
                raise FolderError(f"the input folder can't be listed: {error}") from error
            yield Entry(inside, Fate.UNREADABLE, error.strerror or str(error))
            continue
        for item in items:
            entry = _entry(inside + item.name, item)
            if entry is None:
                pending.append(f"{inside}{item.name}/")
            else:
                yield entry


def _entry(name: str, item: os.DirEntry[str]) -> Entry | None:
    """The entry of one thing in a folder; None for a folder to look into."""
    reason = _left_out(item)
    if reason is not None:
        shown = name.encode("utf-8", "backslashreplace").decode()
        return Entry(shown + ("/" if _is_folder(item) else ""), Fate.SKIPPED, reason)
    if _is_folder(item):
        return None
    fate, why = examine(Path(item.path))
    size = 0 if fate is Fate.UNREADABLE else item.stat(follow_symlinks=False).st_size
    return Entry(name, fate, why, size)


def _left_out(item: os.DirEntry[str]) -> str | None:
    """Why something does not go into the output at all; None where it does."""
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
    """Why the picture in this file can't be marked; None where it can."""
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
