"""Image sets of one's own as tasks, in either layout, with or without pictures held out."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from image_files import NAMES, png, write_folders, write_parquet

from isotopes.errors import FolderError, IsotopesError
from isotopes.lab.data.image_sets import Part, open_image_set
from isotopes.lab.tasks import TaskSetting, collections, get_task, probe_pictures, training_pictures
from isotopes.lab.tasks.folder import ANY

SMALL = TaskSetting(None, None, (8, 8), "compact", ANY["desk"].recipe)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ISOTOPES_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ISOTOPES_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "data"


def test_a_folder_for_each_label_is_a_task_and_every_fifth_picture_held_out(data: Path) -> None:
    write_folders(data / "mine", 10)
    task = get_task("folder:mine")
    assert (task.name, task.settings) == ("folder:mine", ANY)
    training = training_pictures("folder:mine", SMALL, 0)
    held_out = probe_pictures("folder:mine", SMALL, 0, 100)
    assert [len(training), len(held_out)] == [24, 6]
    assert training.names == tuple(sorted(NAMES))
    assert np.bincount(held_out.labels).tolist() == [2, 2, 2]
    # Each picture's first byte is its number, in red, green or blue alike.
    numbers = {int(one[0, 0, 0]) for one in held_out.pixels}
    assert numbers == {4, 9}
    assert not numbers & {int(one[0, 0, 0]) for one in training.pixels}


def test_a_part_reads_the_pictures_that_it_says(tmp_path: Path) -> None:
    write_folders(tmp_path, 5)
    whole = open_image_set(tmp_path)
    assert whole is not None
    parts = [Part(whole, training=training) for training in (True, False)]
    for part in parts:
        named = [whole.names[label] for label in part.labels]
        records = list(part.read(range(len(part))))
        assert [record.name.partition("/")[0] for record in records] == named
        assert [record.index for record in records] == list(range(len(part)))
    assert parts[0].digest() != parts[1].digest()


def test_parquet_with_its_own_split_and_other_columns_is_a_task(data: Path) -> None:
    for split, count in (("train", 9), ("test", 6)):
        file = data / "theirs" / f"{split}-00000-of-00001.parquet"
        write_parquet(file, [place % 3 for place in range(count)])
        table = pq.read_table(file).rename_columns(["img", "fine_label"])
        pq.write_table(table.replace_schema_metadata(None), file)
    assert len(training_pictures("folder:theirs", SMALL, 0)) == 9
    held_out = probe_pictures("folder:theirs", SMALL, 0, 100)
    assert held_out.labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_test_pictures_without_labels_are_passed_over(data: Path) -> None:
    """As in ImageNet on the hub."""
    for split, labels in (("train", [0, 1, 2]), ("validation", [2, 1]), ("test", [-1, -1])):
        write_parquet(data / "imagenet" / "data" / f"{split}-00000-of-00001.parquet", labels)
    assert get_task("imagenet").open(training=False).labels.tolist() == [2, 1]


def test_damaged_pictures_are_reported_once_and_left_out(data: Path) -> None:
    write_folders(data / "torn", 10)
    for number in range(7):
        (data / "torn" / "red" / f"{number:02}.png").write_bytes(png(0, number)[:40])
    with pytest.warns(UserWarning) as told:
        training = training_pictures("folder:torn", SMALL, 0)
    assert [str(one.message) for one in told] == [
        "6 of 24 pictures of the task folder:torn are damaged and left out: red/00.png, red/01.png,"
        " red/02.png, red/03.png, red/05.png, ..."
    ]
    assert len(training) == 18
    with pytest.warns(UserWarning, match="1 of 6 pictures"):
        probe_pictures("folder:torn", SMALL, 0, 100)
    assert len(training_pictures("folder:torn", SMALL, 1)) == 18  # silent by now


def test_what_isn_t_there_is_named(data: Path) -> None:
    with pytest.raises(FolderError, match=r"the task folder:none needs an image set in .*none"):
        training_pictures("folder:none", SMALL, 0)
    with pytest.raises(IsotopesError, match="no task is called 'disk:mine'") as caught:
        get_task("disk:mine")
    assert all(f"{prefix}:NAME" in (caught.value.hint or "") for prefix in collections())


def test_the_hub_needs_datasets(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(IsotopesError, match="'hub:owner/set' needs datasets") as caught:
        training_pictures("hub:owner/set", SMALL, 0)
    assert "pip install '.[datasets]'" in (caught.value.hint or "")


def test_what_datasets_loads_is_a_task(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a folder, which is named like a set of the hub: nothing is downloaded."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(data / "loaded"))
    datasets.disable_progress_bars()
    written = datasets.Dataset.from_dict(
        {
            "picture": [{"bytes": png(place % 3, place), "path": None} for place in range(15)],
            "kind": [place % 3 for place in range(15)],
        },
        features=datasets.Features(
            {"picture": datasets.Image(), "kind": datasets.ClassLabel(names=list(NAMES))}
        ),
    )
    folder = data / "published"
    folder.mkdir(parents=True)
    written.to_parquet(folder / "train-00000-of-00001.parquet")
    training = training_pictures(f"hub:{folder}", SMALL, 0)
    assert len(training) == 12
    assert training.names == NAMES
    assert training.pixels[4, 0, 0].tolist() == [4, 4, 4]
    assert get_task(f"hub:{folder}").open(training=False).labels.tolist() == [0, 1, 2]
