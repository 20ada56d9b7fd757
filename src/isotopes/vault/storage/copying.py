"""All rows of one vault into another, a batch at a time: memory doesn't grow with the vault."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from isotopes.vault.storage.bulk import insert_new
from isotopes.vault.storage.schema import metadata

BATCH = 2_000  # rows


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy what `source` sees of its vault into empty tables; keys stay sealed as they are."""
    for table in metadata.sorted_tables:  # isotopes before their files
        found = source.execute(select(table), execution_options={"yield_per": BATCH})
        for some in found.mappings().partitions():
            insert_new(target, table, [dict(row) for row in some])


def empty(target: Connection) -> None:
    """Delete all rows, for others to take their place in the same transaction."""
    for table in reversed(metadata.sorted_tables):
        target.execute(delete(table))
