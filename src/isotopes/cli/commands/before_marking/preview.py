"""`isotopes preview PHOTO`: what marking would do to one picture, before deciding how visibly."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isotopes.cli.options.vault import PassphraseFileOption, VaultOption
from isotopes.cli.passphrase import open_vault
from isotopes.cli.terminal import show, show_json, show_table, warn
from isotopes.defaults import DEFAULT_FAMILY
from isotopes.errors import FolderError, VaultError
from isotopes.extras import how_to_install
from isotopes.hints import command

if TYPE_CHECKING:
    from isotopes.marks import Mark
    from isotopes.photos import Preview
    from isotopes.photos.preview import PreviewRow

BANDS = (
    "large parts of this photo are smooth and pale, like a sky or a wall, and the colours show"
    " there more than the numbers say: look at full size (--full DIR)"
)


def preview(
    subject: Annotated[
        str, typer.Argument(metavar="PHOTO|NAME", help="one of your pictures, or an isotope's name")
    ],
    photo: Annotated[
        Path | None,
        typer.Argument(exists=True, help="with NAME: the picture (default: the first of its own)"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="the contact sheet (default: PHOTO-preview.png here)")
    ] = None,
    full: Annotated[
        Path | None, typer.Option(metavar="DIR", help="write the marked pictures in full size, too")
    ] = None,
    family: Annotated[str, typer.Option(help="the family of marks")] = DEFAULT_FAMILY,
    alpha: Annotated[
        list[float] | None,
        typer.Option(help="an alpha to show instead of subtle, faint, plain; may be repeated"),
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="image_blend: a picture of your own as the mark")
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="leave out SSIMULACRA 2 and FLIP, which take seconds")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="overwrite an earlier contact sheet")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print the numbers as JSON")] = False,
    vault: VaultOption = None,
    passphrase_file: PassphraseFileOption = None,
) -> None:
    """Write a contact sheet: a photo before and after, how visible the mark is, the difference.

    With a PHOTO alone the mark is a fresh draw: the one that your isotope gets will be another.
    With the NAME of an isotope it is the isotope's own mark.
    """
    from isotopes.photos import preview_photo

    if photo is None and Path(subject).exists():
        photo = Path(subject)
        mark, alphas = _fresh(family, picture)
    else:
        mark, alphas, photo = _of_isotope(subject, photo, vault, passphrase_file)
    if alpha:
        alphas = {f"alpha {one:g}": one for one in alpha}
    target = out or Path(f"{photo.stem}-preview.png")
    if target.exists() and not force:
        raise FolderError(f"{target} is there already", hint="choose another --out, or --force")
    shown = preview_photo(photo, mark, alphas, perceptual=not fast)
    _save(shown, target)
    if full is not None:
        _save_full(shown, full, photo, force)
    if shown.bands:
        warn(BANDS)
    if as_json:
        show_json({"sheet": str(target), **shown.to_dict()})
    else:
        _show(shown, target, fast)


def _fresh(family: str, picture: Path | None) -> tuple[Mark, dict[str, float]]:
    """A fresh mark of that family, and the alphas of its visibilities, by word."""
    from isotopes.marks import get_family
    from isotopes.seeds import fresh_bytes

    drawn_by = get_family(family, {"picture": str(picture.resolve())} if picture else {})
    return drawn_by.draw(fresh_bytes(), 0), dict(drawn_by.visibilities)


def _of_isotope(
    name: str, photo: Path | None, vault: str | None, passphrase_file: Path | None
) -> tuple[Mark, dict[str, float], Path]:
    """The isotope's own mark, the alphas of its family's visibilities, by word, and the photo."""
    from isotopes.marks import get_family

    try:
        with open_vault(vault, passphrase_file) as opened:
            isotope = opened.get(name)
    except VaultError as error:
        if not _is_meant_as_a_file(name):
            raise
        raise FolderError(f"there is no file {name}", hint=f"nor an isotope: {error}") from None
    family = get_family(isotope.family, isotope.options)
    alphas = dict(family.visibilities)
    if isotope.alpha not in alphas.values():
        alphas[f"as marked, alpha {isotope.alpha:g}"] = isotope.alpha
    return isotope.mark(), alphas, photo or _first_photo(name, isotope.source)


def _is_meant_as_a_file(subject: str) -> bool:
    """Whether somebody means a picture's file, there or not, rather than an isotope."""
    from isotopes.photos.listing import is_media

    path = Path(subject)
    return is_media(path) or path.is_absolute() or subject.startswith((".", "~"))


def _first_photo(name: str, source: str) -> Path:
    from isotopes.photos import Fate, scan

    if source and Path(source).is_dir():
        for entry in scan(Path(source)):
            if entry.fate is Fate.MARKABLE:
                return Path(source) / entry.name
    raise FolderError(
        f"the pictures that isotope {name} was made for are not where they were",
        hint=f"name a picture: {command('preview {} PHOTO', name)}",
    )


def _save(shown: Preview, target: Path) -> None:
    try:
        shown.sheet.save(target)
    except OSError as error:
        raise FolderError(f"{target} can't be written: {error.strerror or error}") from error
    except ValueError as error:  # Pillow's, on names without a known format
        raise FolderError(f"{target} can't be written: {error}", hint="end it in .png") from error


def _save_full(shown: Preview, folder: Path, photo: Path, force: bool) -> None:
    """One file for each visibility, in the photo's own format."""
    from isotopes.files import atomic_write

    for row in shown.rows:
        path = folder / f"{photo.stem}-{row.name.replace(' ', '-').replace(',', '')}{photo.suffix}"
        if path.exists() and not force:
            raise FolderError(f"{path} is there already", hint="choose another folder, or --force")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(path) as part:
                part.write_bytes(row.file)
        except OSError as error:
            raise FolderError(f"{path} can't be written: {error.strerror or error}") from error


def _show(shown: Preview, target: Path, fast: bool) -> None:
    show_table(
        ("", "alpha", "visibility", "PSNR dB", "SSIM", "SSIMULACRA 2", "FLIP", "bytes"),
        map(_row, shown.rows),
    )
    if not fast and all(row.measures.ssimulacra2 is None for row in shown.rows):
        show(f"judged by PSNR; to measure what people see: {how_to_install('visibility')}")
    show(f"contact sheet: {target}")


def _row(row: PreviewRow) -> tuple[str, ...]:
    found = row.measures
    return (
        row.name,
        f"{row.alpha:g}",
        found.in_words,
        f"{found.psnr:.1f}" if math.isfinite(found.psnr) else "same",
        f"{found.ssim:.3f}",
        "" if found.ssimulacra2 is None else f"{found.ssimulacra2:.0f}",
        "" if found.flip is None else f"{found.flip:.3f}",
        f"{len(row.file):,}",
    )
