"""Many rows at once: COPY on PostgreSQL, one statement for all of them on SQLite."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

COPY_FROM = 100  # rows: below, COPY's temporary table costs more than it saves


def insert_missing(connection: Connection, table: Table) -> Any:
    """INSERT that leaves a row that is there as it is."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert these rows, but for those whose key or unique column is taken.

    On PostgreSQL they go by COPY into a table of this transaction and from there into their own:
    COPY itself knows no ON CONFLICT, and would fail where another writer was first.

    Args:
        rows: a value for each column.
    """
    if not rows:
        return
    if connection.dialect.name != "postgresql" or len(rows) < COPY_FROM:
        connection.execute(insert_missing(connection, table), list(rows))
        return
    names = [column.name for column in table.columns]
    columns = ", ".join(f'"{name}"' for name in names)
    new = f"new_{table.name}"
    connection.exec_driver_sql(
        f"CREATE TEMPORARY TABLE {new} ON COMMIT DROP AS SELECT * FROM {table.name} WITH NO DATA"
    )
    written_as_json = {column.name for column in table.columns if isinstance(column.type, JSON)}
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {new} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(
                [json.dumps(row[name]) if name in written_as_json else row[name] for name in names]
            )
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {new}"
        " ORDER BY 1 ON CONFLICT DO NOTHING"
    )
    connection.exec_driver_sql(f"DROP TABLE {new}")
