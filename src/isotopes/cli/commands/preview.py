"""`isotopes preview PHOTO`: what marking would do to one picture, before deciding on an alpha."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from isotopes.cli.terminal import show, show_json, show_table
from isotopes.errors import FolderError
from isotopes.marks import get_family
from isotopes.photos import Preview, preview_photo
from isotopes.photos.preview import ALPHAS, PreviewRow
from isotopes.seeds import new_root
from isotopes.workflows.marking import DEFAULT_FAMILY


def preview(
    photo: Annotated[Path, typer.Argument(help="one of your pictures")],
    out: Annotated[
        Path | None, typer.Option(help="the contact sheet (default: PHOTO-preview.png here)")
    ] = None,
    family: Annotated[str, typer.Option(help="the family of marks")] = DEFAULT_FAMILY,
    alpha: Annotated[list[float] | None, typer.Option(help="an alpha to show; may be repeated")] = (
        None
    ),
    picture: Annotated[
        Path | None, typer.Option(help="image_blend: a picture of your own as the mark")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="overwrite an earlier contact sheet")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the numbers as JSON")] = False,
) -> None:
    """Write a contact sheet: before, after at several alphas, the difference, PSNR and SSIM.

    The mark is a fresh draw from the family: the one that your isotope gets will be another.
    """
    options = {"picture": str(picture.resolve())} if picture else {}
    mark = get_family(family, options).draw(new_root(), 0)
    target = out or Path(f"{photo.stem}-preview.png")
    if target.exists() and not force:
        raise FolderError(f"{target} is there already", hint="choose another --out, or --force")
    shown = preview_photo(photo, mark, alpha or ALPHAS)
    _save(shown, target)
    if as_json:
        show_json({"sheet": str(target), **shown.to_dict()})
    else:
        _show(shown, target)


def _save(shown: Preview, target: Path) -> None:
    try:
        shown.sheet.save(target)
    except OSError as error:
        raise FolderError(f"{target} can't be written: {error.strerror or error}") from error
    except ValueError as error:  # Pillow's, on names that tell no format
        raise FolderError(f"{target} can't be written: {error}", hint="end it in .png") from error


def _show(shown: Preview, target: Path) -> None:
    show_table(("alpha", "PSNR dB", "SSIM", "bytes"), map(_row, shown.rows))
    show(f"contact sheet: {target}")


def _row(row: PreviewRow) -> tuple[str, ...]:
    noise = f"{row.psnr:.1f}" if math.isfinite(row.psnr) else "same"
    return f"{row.alpha:g}", noise, f"{row.ssim:.3f}", f"{row.size:,}"
