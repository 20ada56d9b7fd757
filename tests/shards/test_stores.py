"""A bucket behaves as a folder does, on S3's wire format, whatever fails in between."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3_server import environment, failing_proxy, make_bucket, s3_server

from isotopes.errors import StoreError
from isotopes.shards.stores import ShardStore, StoredFile, bucket, open_store

LARGE = bytes(range(256)) * 50_000  # more than one part of an upload


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    pytest.importorskip("moto")
    with s3_server() as port:
        make_bucket(port, "data")
        yield port


@pytest.fixture(params=["folder", "bucket", "failing bucket"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ShardStore]:
    if request.param == "folder":
        yield open_store(str(tmp_path / "store"))
        return
    port = request.getfixturevalue("server")
    monkeypatch.setattr(bucket, "PAUSE", 0.01)
    faults = ["503", "", "cut", "", "429", "", "500", "drop", ""]
    with failing_proxy(port, faults if request.param == "failing bucket" else [""]) as proxy:
        for name, value in environment(proxy).items():
            monkeypatch.setenv(name, value)
        yield open_store(f"s3://data/{request.param.replace(' ', '-')}/")


def test_what_is_written_comes_back(store: ShardStore, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(LARGE)
    assert store.read("none") is None
    assert list(store.items()) == []
    store.write("a/small.json", b"{}")
    store.write("a/small.json", b"{1}")
    store.upload("large ü.tar", tmp_path / "large")
    again: ShardStore = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own
    assert sorted(again.items(), key=lambda item: item.name) == [
        StoredFile("a/small.json", 3),
        StoredFile("large ü.tar", len(LARGE)),
    ]
    assert again.read("a/small.json") == b"{1}"
    with again.local_copy("large ü.tar", tmp_path) as path:
        assert path.read_bytes() == LARGE
    with pytest.raises(StoreError, match="no-such"), again.local_copy("no-such", tmp_path):
        pass


def test_a_store_that_always_fails_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "PAUSE", 0.0)
    monkeypatch.setattr(bucket, "RETRY", {"max_retries": 0})
    with failing_proxy(9, ["500"]) as proxy:
        for name, value in environment(proxy).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(StoreError, match="s3://data/x/a.json can't be read"):
            open_store("s3://data/x").read("a.json")


def test_unfinished_files_are_no_items(tmp_path: Path) -> None:
    (tmp_path / ".0123456789abcdef.part").write_bytes(b"half")
    assert list(open_store(str(tmp_path)).items()) == []


@pytest.mark.parametrize("address", ["ftp://a/b", "http://a/b"])
def test_other_kinds_of_stores_are_refused(address: str) -> None:
    with pytest.raises(StoreError, match="got (ftp|http)://"):
        open_store(address)
