from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from image_files import NAMES, write_folders, write_parquet
from PIL import Image

from isotopes.errors import FolderError
from isotopes.lab.data.image_sets import ImageSet, open_image_set
from isotopes.lab.data.pictures import Pictures, decode
from isotopes.lab.data.writing import write_folder


def opened(folder: Path, *, training: bool = True) -> ImageSet:
    found = open_image_set(folder, training=training)
    assert found is not None
    return found


def numbers(images: ImageSet, wanted: list[int]) -> list[int]:
    """What the pictures say that their numbers are."""
    return [
        int(np.asarray(Image.open(io.BytesIO(record.data)))[0, 0, 0])
        for record in images.read(wanted)
    ]


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """Two training files of several row groups, one test file."""
    write_parquet(tmp_path / "data" / "train-00000-of-00002.parquet", [0, 1, 2, 0, 1, 2, 0])
    write_parquet(tmp_path / "data" / "train-00001-of-00002.parquet", [1, 1, 2], first=7)
    write_parquet(tmp_path / "data" / "test-00000-of-00001.parquet", [2, 1], first=50)
    return tmp_path


def test_parquet_gives_the_pictures_asked_for_across_files_and_row_groups(parquet: Path) -> None:
    images = opened(parquet)
    assert images.names == NAMES
    assert images.labels.tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 1, 2]
    assert numbers(images, [9, 0, 5, 7]) == [0, 5, 7, 9]
    assert [record.index for record in images.read([9, 0, 5])] == [0, 5, 9]
    assert numbers(opened(parquet, training=False), [0, 1]) == [50, 51]


def test_names_come_from_labels_txt_or_else_are_numbers(tmp_path: Path) -> None:
    write_parquet(tmp_path / "train-00000-of-00001.parquet", [0, 1], names=False)
    assert opened(tmp_path).names == ("0", "1")
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    assert opened(tmp_path).names == ("cat", "dog")
    (tmp_path / "labels.txt").write_text("cat\n")
    with pytest.raises(FolderError, match="names 1 labels, but its pictures have 2"):
        opened(tmp_path)


def test_folders_give_a_label_each(tmp_path: Path) -> None:
    write_folders(tmp_path / "train", 3)
    write_folders(tmp_path / "val", 1)
    images = opened(tmp_path)
    assert images.names == tuple(sorted(NAMES))
    assert len(images) == 9
    assert [record.name for record in images.read([0, 3])] == ["blue/00.png", "green/00.png"]
    assert len(opened(tmp_path, training=False)) == 3


def test_folders_without_a_split_hold_nothing_out(tmp_path: Path) -> None:
    write_folders(tmp_path, 2)
    assert len(opened(tmp_path)) == 6
    assert open_image_set(tmp_path, training=False) is None


def test_choose_takes_some_labels_and_never_more_than_there_are(parquet: Path) -> None:
    images = opened(parquet)
    chosen = images.choose(np.random.default_rng(0), 2, 3)
    assert len(chosen) == 2
    for label, places in chosen.items():
        assert len(places) == 3
        assert (images.labels[places] == label).all()
    every = images.choose(np.random.default_rng(0), 5, 100)
    assert sum(map(len, every.values())) == len(images)


def test_the_digest_changes_with_a_picture(tmp_path: Path) -> None:
    write_folders(tmp_path, 2)
    before = opened(tmp_path).digest()
    assert opened(tmp_path).digest() == before
    (tmp_path / "red" / "00.png").write_bytes((tmp_path / "blue" / "00.png").read_bytes())
    assert opened(tmp_path).digest() != before


def test_what_is_no_image_set_is_refused_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="must be a folder"):
        open_image_set(tmp_path / "nowhere")
    with pytest.raises(FolderError, match="no sub-folder of .* holds a picture"):
        open_image_set(tmp_path)
    write_parquet(tmp_path / "mine.parquet", [0])
    with pytest.raises(FolderError, match="no split that is known"):
        open_image_set(tmp_path)
    (tmp_path / "train-00000-of-00001.parquet").write_bytes(b"not parquet")
    with pytest.raises(FolderError, match="can't be read as parquet"):
        open_image_set(tmp_path)


def test_marked_pictures_are_written_where_somebody_asks(tmp_path: Path) -> None:
    pixels = np.arange(4 * 6 * 8 * 3, dtype=np.uint8).reshape(4, 6, 8, 3)
    names = ("a/b", "c d")
    write_folder(Pictures(pixels, np.array([1, 0, 1, 1]), names), tmp_path / "written")
    images = opened(tmp_path / "written")
    assert images.names == ("a%2Fb", "c d")
    found = decode(images, range(len(images.labels)), (6, 8))
    assert found.labels.tolist() == [0, 1, 1, 1]
    np.testing.assert_array_equal(found.pixels, pixels[[1, 0, 2, 3]])
    with pytest.raises(FolderError, match="can't be written to .*: File exists"):
        write_folder(found, tmp_path / "written")
