"""Pictures as files, to look at them or train elsewhere. Only on request: otherwise marks
are applied when pictures are loaded, and no marked copy is on the disk."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from PIL import Image

from isotopes.errors import FolderError
from isotopes.lab.data.pictures import Pictures


def write_folder(pictures: Pictures, folder: Path) -> None:
    """One PNG file each, ``LABEL/NUMBER.png``, as the task ``folder:NAME`` reads them.

    Args:
        folder: a new one; characters that file names can't contain are percent-encoded (``%2F``).

    Raises:
        FolderError: it is there already, or can't be written.
    """
    try:
        folder.mkdir(parents=True)
        for name in pictures.names:
            (folder / quote(name, safe=" ")).mkdir()
        for number, (pixels, label) in enumerate(
            zip(pictures.pixels, pictures.labels, strict=True)
        ):
            target = folder / quote(pictures.names[label], safe=" ")
            Image.fromarray(pixels).save(target / f"{number:06}.png")
    except OSError as error:
        raise FolderError(f"pictures can't be written to {folder}: {error.strerror}") from error
