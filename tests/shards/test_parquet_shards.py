"""Parquet shards: the column of pictures changes, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shard_files import row, write_rows

from isotopes.errors import FolderError
from isotopes.marks import get_family
from isotopes.photos import mark_picture
from isotopes.shards.layouts.parquet import rewrite_parquet, rewrite_table
from isotopes.shards.layouts.rows import Rewritten
from isotopes.shards.terms import ShardTerms, user_key
from isotopes.shards.treating import treating

Make = Callable[..., ShardTerms]


def rewrite(source: Path, target: Path, terms: ShardTerms) -> Rewritten:
    with treating(terms, careful=False) as treat:
        return rewrite_parquet(source, target, terms, treat)


def test_only_pictures_and_their_hashes_change(tmp_path: Path, terms: ShardTerms) -> None:
    rows = [row(seed) for seed in range(5)] + [{**row(9), "image": None}]
    write_rows(tmp_path / "a.parquet", rows)
    found = rewrite(tmp_path / "a.parquet", tmp_path / "b.parquet", terms)
    assert (found.samples, len(found.rows)) == (6, 5)
    before, after = (pq.ParquetFile(tmp_path / f"{name}.parquet") for name in "ab")
    assert after.schema_arrow.equals(before.schema_arrow, check_metadata=True)
    assert [after.metadata.row_group(at).num_rows for at in range(2)] == [4, 2]
    assert after.metadata.row_group(0).column(0).compression == "ZSTD"
    mark = get_family("tints").draw(terms.key, 0)
    expected = before.read().to_pylist()
    for one in expected[:5]:
        marked = mark_picture(one["image"]["bytes"], mark, terms.alpha).data
        one["image"]["bytes"], one["sha256"] = marked, hashlib.sha256(marked).hexdigest()
    assert after.read().to_pylist() == expected


def test_the_same_bytes_each_time(tmp_path: Path, terms: ShardTerms) -> None:
    write_rows(tmp_path / "a.parquet", [row(seed) for seed in range(3)])
    for name in "bc":
        rewrite(tmp_path / "a.parquet", tmp_path / f"{name}.parquet", terms)
    assert (tmp_path / "b.parquet").read_bytes() == (tmp_path / "c.parquet").read_bytes()


def test_a_column_names_users(tmp_path: Path, make_terms: Make) -> None:
    terms = make_terms(per="user")
    write_rows(tmp_path / "a.parquet", [row(1, 42)])
    found = rewrite(tmp_path / "a.parquet", tmp_path / "b.parquet", terms)
    (marked,) = pq.read_table(tmp_path / "b.parquet")["image"].to_pylist()
    mark = get_family("tints").draw(user_key(terms.key, "42"), 0)
    assert marked["bytes"] == mark_picture(row(1)["image"]["bytes"], mark, terms.alpha).data
    assert found.rows[0].user == "42"
    with pytest.raises(FolderError, match="has no column 'owner' that could name users"):
        rewrite(tmp_path / "a.parquet", tmp_path / "c.parquet", make_terms(per="owner"))


def test_what_holds_no_pictures_is_refused(tmp_path: Path, terms: ShardTerms) -> None:
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "a.parquet")
    with pytest.raises(FolderError, match="must have a column of pictures .* got text"):
        rewrite(tmp_path / "a.parquet", tmp_path / "b.parquet", terms)
    (tmp_path / "c.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(FolderError, match="c.parquet is no whole parquet file"):
        rewrite(tmp_path / "c.parquet", tmp_path / "d.parquet", terms)


def test_img2datasets_table_follows(tmp_path: Path) -> None:
    table = pa.table({"key": ["1", "2"], "sha256": ["aa", "bb"], "width": [3, 4]})
    pq.write_table(table, tmp_path / "a.parquet")
    rewrite_table(tmp_path / "a.parquet", tmp_path / "b.parquet", {"bb": "cc"})
    expected = table.set_column(1, "sha256", pa.array(["aa", "cc"]))
    assert pq.read_table(tmp_path / "b.parquet").equals(expected)
    rewrite_table(tmp_path / "a.parquet", tmp_path / "c.parquet", {"dd": "cc"})
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "c.parquet").read_bytes()
