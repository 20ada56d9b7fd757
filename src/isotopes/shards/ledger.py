"""The ledger of a collection: which pictures carry the mark. It is private, as the keys are.

One parquet file for each shard, so that a query over a hundred million pictures needs no database
of ours: DuckDB, Spark or pandas read them as they lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from isotopes.shards.layouts.rows import Row

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


def write_ledger(rows: Sequence[Row], target: Path) -> None:
    """The shard's part of the ledger; the same rows give the same bytes."""
    table = pa.Table.from_pylist([asdict(row) for row in rows], SCHEMA)
    pq.write_table(table, target, compression="zstd")
