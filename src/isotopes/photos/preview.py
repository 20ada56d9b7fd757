"""A contact sheet: one photo before and after, at several visibilities, with the difference."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from isotopes.errors import BlendError, PhotoError
from isotopes.marks import Mark
from isotopes.photos.fate import Fate
from isotopes.photos.inserting import mark_picture
from isotopes.photos.listing import describe_damage, examine
from isotopes.photos.perceived import Measures, perceived_difference, shows_bands
from isotopes.photos.reading import read_picture

AMPLIFIED = 2  # times, around middle grey
CELL, GAP, LINE = 360, 12, 22  # pixels: longest side of a picture, space around it, line of text
PAPER, INK = (255, 255, 255), (30, 30, 30)


@dataclass(frozen=True)
class PreviewRow:
    """One visibility: the marked file, and how far it is from the original at full size.

    Attributes:
        name: of the visibility.
        alpha: its value.
        measures: of the decoded files.
        file: the marked file.
    """

    name: str
    alpha: float
    measures: Measures
    file: bytes


@dataclass(frozen=True)
class Preview:
    """A contact sheet and its numbers.

    Attributes:
        bands: whether the photo is largely smooth and pale, and the mark is colour alone: bands of
            colour are then more visible than the measures say.
    """

    sheet: Image.Image
    rows: tuple[PreviewRow, ...]
    original_size: int
    bands: bool

    def to_dict(self) -> dict[str, Any]:
        """The numbers as JSON types; PSNR is null if nothing changed."""
        return {
            "bytes": self.original_size,
            "bands": self.bands,
            "rows": [
                {
                    "name": row.name,
                    "alpha": row.alpha,
                    **row.measures.to_dict(),
                    "in_words": row.measures.in_words,
                    "bytes": len(row.file),
                }
                for row in self.rows
            ],
        }


def preview_photo(
    path: Path, mark: Mark, alphas: Mapping[str, float], *, perceptual: bool = True
) -> Preview:
    """The photo marked at each alpha just as `mark_photos` would, written and read again.

    Args:
        alphas: by their names on the sheet.
        perceptual: take the measures that need seconds for each megapixel, too
            (`photos.perceived`).

    Raises:
        PhotoError: a file that can't be read or marked.
        BlendError: an alpha out of range.
    """
    fate, reason = examine(path)
    if reason:
        failed = "read" if fate is Fate.UNREADABLE else "marked"
        raise PhotoError(f"{path.name} can't be {failed}: {reason}")
    data = path.read_bytes()
    before = read_picture(path)
    cells = [_cell(before, "before", f"{len(data):,} bytes")]
    rows, differences = [], []
    for name, alpha in alphas.items():
        file = _marked(path, data, mark, alpha)
        after = read_picture(io.BytesIO(file))
        row = PreviewRow(
            name, alpha, perceived_difference(before, after, perceptual=perceptual), file
        )
        rows.append(row)
        cells.append(_cell(after, *_lines(row)))
        gap = _difference(before, after)
        differences.append(_cell(gap, f"{name}: difference x {AMPLIFIED}"))
    sheet = _sheet([cells, [Image.new("RGB", cells[0].size, PAPER), *differences]])
    return Preview(sheet, tuple(rows), len(data), mark.colour_only and shows_bands(before))


def _lines(row: PreviewRow) -> tuple[str, ...]:
    found = row.measures
    numbers = f"PSNR {found.psnr:.1f} dB   SSIM {found.ssim:.3f}"
    if found.ssimulacra2 is not None:
        numbers += f"   SSIMULACRA 2 {found.ssimulacra2:.0f}"
    return f"{row.name}: {found.in_words}", numbers, f"{len(row.file):,} bytes"


def _marked(path: Path, data: bytes, mark: Mark, alpha: float) -> bytes:
    try:
        return mark_picture(data, mark, alpha).data
    except BlendError:
        raise
    except Exception as error:
        raise PhotoError(f"{path.name} can't be marked: {describe_damage(error)}") from error


def _difference(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.uint8]:
    gap = (after.astype(np.int16) - before) * AMPLIFIED + 128
    return gap.clip(0, 255).astype(np.uint8)


def _cell(pixels: NDArray[np.uint8], *lines: str) -> Image.Image:
    """A small picture with up to three lines of text below it."""
    picture = Image.fromarray(pixels)
    scale = CELL / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    cell = Image.new("RGB", (CELL + 2 * GAP, height + 2 * GAP + LINE * 3), PAPER)
    cell.paste(small, ((cell.width - width) // 2, GAP))
    pen, font = ImageDraw.Draw(cell), ImageFont.load_default(LINE * 2 // 3)
    for number, line in enumerate(lines):
        pen.text((GAP, height + GAP + LINE * number + 4), line, INK, font)
    return cell


def _sheet(rows: Sequence[Sequence[Image.Image]]) -> Image.Image:
    widest = max(sum(cell.width for cell in row) for row in rows)
    sheet = Image.new("RGB", (widest, sum(row[0].height for row in rows)), PAPER)
    top = 0
    for row in rows:
        left = 0
        for cell in row:
            sheet.paste(cell, (left, top))
            left += cell.width
        top += row[0].height
    return sheet
