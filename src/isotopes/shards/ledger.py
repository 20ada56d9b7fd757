"""The ledger of a collection: which pictures carry the mark. It is as private as the keys.

One parquet file for each shard, so that nobody needs a database of ours to query a hundred million
pictures: DuckDB, Spark and pandas read the files as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from isotopes.shards.layouts.rows import LedgerRow

SCHEMA = pa.schema(
    [
        ("sample", pa.string()),
        ("member", pa.string()),
        ("user", pa.string()),
        ("marked", pa.bool_()),
        ("before", pa.string()),
        ("after", pa.string()),
        ("pixels", pa.string()),
        ("reason", pa.string()),
    ]
)


def write_ledger(rows: Sequence[LedgerRow], target: Path) -> None:
    """The shard's part of the ledger; the same rows give the same bytes."""
    table = pa.Table.from_pylist([asdict(row) for row in rows], SCHEMA)
    pq.write_table(table, target, compression="zstd")
