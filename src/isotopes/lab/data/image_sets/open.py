"""Which layout a folder has, and the split of it."""

from __future__ import annotations

from pathlib import Path

from isotopes.errors import FolderError
from isotopes.lab.data.image_sets.image_folder import FolderSet
from isotopes.lab.data.image_sets.image_set import ImageSet
from isotopes.lab.data.image_sets.parquet import ParquetSet, parquet_files

TRAINING = ("train",)
HELD_OUT = ("validation", "val", "test")  # ImageNet's test pictures come without labels


def open_image_set(folder: Path, *, training: bool = True) -> ImageSet | None:
    """The training pictures of an image set, or the held-out ones; None if there are none.

    Args:
        folder: holds `train-*.parquet` and `test-*.parquet` as Hugging Face writes them (also in a
            folder `data`), or `train/LABEL/picture` and `test/LABEL/picture`, or only
            `LABEL/picture`. `validation` and `val` take precedence over `test`.

    Raises:
        FolderError: not a folder, or no such layout.
    """
    if not folder.is_dir():
        raise FolderError(f"an image set must be a folder, got {folder}")
    for split in TRAINING if training else HELD_OUT:
        for parent in (folder, folder / "data"):
            if parquet_files(parent, split):
                return ParquetSet(parent, split)
        if (folder / split).is_dir():
            return FolderSet(folder / split)
    if not training:
        return None
    if any(folder.glob("*.parquet")):
        raise FolderError(
            f"the parquet files in {folder} are of no split that is known",
            hint="call them train-00000-of-00001.parquet and so on, as Hugging Face does",
        )
    return FolderSet(folder)
