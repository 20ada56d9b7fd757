"""What a person names, and which shards that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from isotopes.errors import StoreError
from isotopes.shards.shard import Shard, find_shards
from isotopes.shards.source import expand, holds_shards, open_source
from isotopes.shards.stores import StoredFile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "00000.tar",
        "00000.parquet",
        "00000_stats.json",
        "00001.tar",
        "b/x.parquet",
        "r.md",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"1234")
    return tmp_path


def test_layouts_are_told_by_names(folder: Path) -> None:
    shards, others = find_shards(open_source(str(folder)).items())
    assert shards == [
        Shard("00000", "tar", 4, table=True, stats=True),
        Shard("00001", "tar", 4),
        Shard("b/x", "parquet", 4),
    ]
    assert others == ["r.md"]
    assert [shard.marker for shard in shards] == [
        "00000_stats.json",
        "00001_stats.json",
        "b/.stats/x.json",
    ]
    assert find_shards([StoredFile("x.parquet", 1), StoredFile(".stats/x.json", 1)])[1] == []


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("{00000..00001}.tar", ["00000.tar", "00001.tar"]),
        ("*.tar", ["00000.tar", "00001.tar"]),
        ("b/*.parquet", ["x.parquet"]),
        ("{00001,b/x}.*", ["00001.tar", "b/x.parquet"]),
        ("00001.tar", ["00001.tar"]),
    ],
)
def test_patterns_as_webdataset_writes_them(folder: Path, pattern: str, names: list[str]) -> None:
    assert [item.name for item in open_source(f"{folder}/{pattern}").items()] == names


def test_an_address_may_name_one_file() -> None:
    source = open_source("s3://bucket/data/{000..002}.tar")
    assert source.store.address == "s3://bucket/data"
    assert source.patterns == ("000.tar", "001.tar", "002.tar")
    assert open_source("gs://bucket/a.tar").patterns == ("a.tar",)


def test_too_many_names_are_refused_before_they_are_made() -> None:
    with pytest.raises(StoreError, match="more than 10,000,000 files"):
        expand("{0..99999999999}.tar")


def test_a_folder_of_pictures_with_an_archive_is_no_collection(folder: Path) -> None:
    assert holds_shards(str(folder))
    assert holds_shards("s3://bucket/pictures")
    assert holds_shards("{0..9}.tar")
    assert not holds_shards("nowhere")
    (folder / "me.JPG").write_bytes(b"")
    assert not holds_shards(str(folder))
