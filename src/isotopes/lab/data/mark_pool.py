"""The pictures that ImageNet-blend marks are drawn from, as files."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import FolderError
from isotopes.lab.data.image_sets.parquet import parquet_files
from isotopes.lab.folders import cache_folder, data_folder

POOL = "natural"  # name of the image set: parquet files with a column `image`


def pool_digest() -> str:
    """Hash of the pool's pictures.

    Raises:
        FolderError: there is no such image set.
    """
    return _digest(data_folder() / POOL)


def pool_folder() -> Path:
    """A folder of the pool's pictures, made once.

    Raises:
        FolderError: there is no such image set.
    """
    source = data_folder() / POOL
    folder = cache_folder() / "pools" / _digest(source).removeprefix("sha256:")[:32]
    if not folder.exists():
        _write(source, folder)
    return folder


@cache
def _digest(source: Path) -> str:
    files = parquet_files(source, "train")
    if not files:
        raise FolderError(
            f"ImageNet-blend marks are drawn from the pictures of {source}/train-*.parquet,"
            " and there are none",
            hint="name the folder that holds the image sets by --data",
        )
    return digest_of([digest_file(file) for file in files])


def _write(source: Path, folder: Path) -> None:
    """Atomic: with some pictures missing, keys would draw different marks."""
    import pyarrow.parquet

    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=folder.parent))
    for file in parquet_files(source, "train"):
        for image in pyarrow.parquet.read_table(file, columns=["image"])["image"].to_pylist():
            (part / Path(image["path"]).name).write_bytes(image["bytes"])
    try:
        part.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(part)
