"""Small pictures of what an isotope was put into, the marked ones framed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from PIL import Image, ImageDraw

from isotopes.canonical import digest_file
from isotopes.errors import PhotoError, VaultError
from isotopes.photos import read_picture
from isotopes.vault import FileEntry
from isotopes.vault.storage.private_file import private_file

SIDE, GAP, LINE = 128, 12, 14  # pixels
COLUMNS = 8
MOST = 400  # pictures on a sheet
FRAME, PAPER, INK = (200, 30, 30), (255, 255, 255), (0, 0, 0)
NAME_LENGTH = 20  # characters


def write_contact_sheet(
    entries: Sequence[FileEntry], path: Path, *, usual: str, folder: Path | None = None
) -> int:
    """Draw the pictures into a new PNG that only its owner can read; how many were found.

    Each picture is drawn as it lies in its folder, with its name below, and a red frame where it
    carries the mark. The first 400 are drawn.

    Args:
        usual: the folder of those of which the vault doesn't say where they lay.
        folder: where all of them lie now; None for where each lay.

    Raises:
        VaultError: `path` is there already or can't be written, or there is nothing to draw.
    """
    places = _places(entries, usual, folder)
    readable = ((e, small) for place, e in places.items() if (small := _small(place)))
    shown = list(islice(readable, MOST))
    if not shown:
        raise VaultError(
            f"none of these {len(entries)} pictures can be read"
            f" in {', '.join(sorted({str(folder or e.folder or usual) for e in entries}))}",
            hint="--folder names the place where they lie now",
        )
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    step, height = SIDE + GAP, SIDE + GAP + LINE
    sheet = Image.new("RGB", (columns * step + GAP, rows * height + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (entry, small) in enumerate(shown):
        left, top = GAP + index % columns * step, GAP + index // columns * height
        if entry.marked:
            box = (left - 4, top - 4, left + small.width + 3, top + small.height + 3)
            draw.rectangle(box, outline=FRAME, width=3)
        sheet.paste(small, (left, top))
        draw.text((left, top + SIDE + 1), _name(entry.name), fill=INK)
    with private_file(path) as part:
        sheet.save(part, format="PNG")
    return len(shown)


def _places(entries: Sequence[FileEntry], usual: str, folder: Path | None) -> dict[Path, FileEntry]:
    """Where the pictures lie. Of several that have one place, that which lies there, or the newest.

    An edited original, or a name that comes again in another folder, is more than one entry.
    """
    rivals: dict[Path, list[FileEntry]] = defaultdict(list)
    for entry in entries:
        rivals[(folder or Path(entry.folder or usual)) / entry.name].append(entry)
    return {
        place: found[0] if len(found) == 1 else _which_lies_there(place, found)
        for place, found in rivals.items()
    }


def _which_lies_there(place: Path, rivals: Sequence[FileEntry]) -> FileEntry:
    newest = max(rivals, key=lambda entry: entry.added)
    try:
        digest = digest_file(place)
    except OSError:
        return newest
    there = (e for e in rivals if digest in {e.sha256_before, e.sha256_after})
    return next(there, newest)


def _small(path: Path) -> Image.Image | None:
    try:
        picture = Image.fromarray(read_picture(path))
    except (PhotoError, OSError):
        return None
    picture.thumbnail((SIDE, SIDE))
    return picture


def _name(name: str) -> str:
    """The end of the name, which tells files apart, in what the font can draw."""
    plain = name.encode("latin-1", "replace").decode("latin-1")
    return plain if len(plain) <= NAME_LENGTH else f"...{plain[3 - NAME_LENGTH :]}"
