"""A contact sheet: one photo before and after, at several alphas, with the difference."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from isotopes.blending import Insertion
from isotopes.errors import BlendError, PhotoError
from isotopes.marks import Mark
from isotopes.photos.fate import Fate
from isotopes.photos.formats import mark_bytes
from isotopes.photos.reading import read_picture
from isotopes.photos.scan import describe_damage, examine
from isotopes.photos.similarity import psnr, ssim

ALPHAS = (0.1, 0.2, 0.3, 0.4)
AMPLIFIED = 2  # times, around middle grey
CELL, GAP, LINE = 320, 12, 22  # pixels: longest side of a picture, space around it, line of text
PAPER, INK = (255, 255, 255), (30, 30, 30)


@dataclass(frozen=True)
class PreviewRow:
    """One alpha: how far the marked file is from the original, both decoded, at full size.

    Attributes:
        psnr: in dB.
        ssim: at most 1.
        size: bytes of the marked file.
    """

    alpha: float
    psnr: float
    ssim: float
    size: int


@dataclass(frozen=True)
class Preview:
    """A contact sheet and its numbers."""

    sheet: Image.Image
    rows: tuple[PreviewRow, ...]
    original_size: int

    def to_dict(self) -> dict[str, Any]:
        """The numbers as JSON types; PSNR is null where nothing changed."""
        return {
            "bytes": self.original_size,
            "rows": [
                {
                    "alpha": row.alpha,
                    "psnr": row.psnr if math.isfinite(row.psnr) else None,
                    "ssim": row.ssim,
                    "bytes": row.size,
                }
                for row in self.rows
            ],
        }


def preview_photo(path: Path, mark: Mark, alphas: Sequence[float] = ALPHAS) -> Preview:
    """The photo marked at each alpha just as `mark_photos` would, written and read again.

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
    cells = [_cell(before, "before", f"{len(data):,} bytes", "")]
    rows, differences = [], []
    for alpha in alphas:
        file = _marked(path, data, mark, alpha)
        after = read_picture(io.BytesIO(file))
        row = PreviewRow(alpha, psnr(before, after), ssim(before, after), len(file))
        rows.append(row)
        numbers = f"PSNR {row.psnr:.1f} dB   SSIM {row.ssim:.3f}"
        cells.append(_cell(after, f"alpha {alpha:g}", numbers, f"{row.size:,} bytes"))
        gap = _difference(before, after)
        differences.append(_cell(gap, f"difference x {AMPLIFIED}", f"alpha {alpha:g}", ""))
    blank = Image.new("RGB", cells[0].size, PAPER)
    return Preview(_sheet([cells, [blank, *differences]]), tuple(rows), len(data))


def _marked(path: Path, data: bytes, mark: Mark, alpha: float) -> bytes:
    try:
        return mark_bytes(data, mark, Insertion.blend(alpha)).data
    except BlendError:
        raise
    except Exception as error:
        raise PhotoError(f"{path.name} can't be marked: {describe_damage(error)}") from error


def _difference(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.uint8]:
    gap = (after.astype(np.int16) - before) * AMPLIFIED + 128
    return gap.clip(0, 255).astype(np.uint8)


def _cell(pixels: NDArray[np.uint8], *lines: str) -> Image.Image:
    """A small picture with lines of text below it."""
    picture = Image.fromarray(pixels)
    scale = CELL / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    small = picture.resize((width, height), Image.Resampling.LANCZOS)
    cell = Image.new("RGB", (CELL + 2 * GAP, height + 2 * GAP + LINE * len(lines)), PAPER)
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
