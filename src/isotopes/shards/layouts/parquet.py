"""Parquet shards: Hugging Face's, whose rows hold pictures, and img2dataset's, which describe them.

One row group is in memory at a time. The schema with its metadata, the order, the row groups and
the compression stay the same; a file in which nothing changes is copied byte by byte.

Reference: https://huggingface.co/docs/datasets, `Image`: a struct of `bytes` and `path`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from isotopes.errors import FolderError
from isotopes.shards.layouts.rows import Rewritten
from isotopes.shards.layouts.users import user_of
from isotopes.shards.terms import ShardTerms
from isotopes.shards.treating import Treat

BATCH = 32  # rows


def rewrite_parquet(source: Path, target: Path, terms: ShardTerms, treat: Treat) -> Rewritten:
    """Rewrite the shard with its pictures treated.

    Raises:
        FolderError: it is not a parquet file, or a damaged one; no column holds pictures, or none
            names the users.
    """
    found = Rewritten()
    with _opened(source) as file:
        schema = file.schema_arrow
        columns = picture_columns(schema)
        _check(source.name, schema, columns, terms)
        with _writer(target, file) as writer:
            for group in range(file.num_row_groups):
                batches = [
                    _treated(batch, columns, terms, treat, found)
                    for batch in file.iter_batches(BATCH, row_groups=[group])
                ]
                table = pa.Table.from_batches(batches, schema)
                writer.write_table(table, row_group_size=max(1, table.num_rows))
    return found


def rewrite_table(source: Path, target: Path, hashes: Mapping[str, str]) -> None:
    """Rewrite img2dataset's description of a shard with the hashes of changed pictures.

    Raises:
        FolderError: it is not a parquet file, or a damaged one.
    """
    with _opened(source) as file:
        texts = [
            field.name
            for field in file.schema_arrow
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
        told = any(
            value in hashes
            for batch in file.iter_batches(columns=texts)
            for column in batch.columns
            for value in column.to_pylist()
        )
        if not told:
            shutil.copyfile(source, target)
            return
        with _writer(target, file) as writer:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                for at, name in enumerate(table.column_names):
                    if name in texts:
                        column = _with_new_hashes(table[name], hashes)
                        table = table.set_column(at, table.schema.field(at), column)
                writer.write_table(table, row_group_size=max(1, table.num_rows))


def picture_columns(schema: Any) -> list[str]:
    """The columns that hold pictures, as a struct of their bytes and their path."""
    return [field.name for field in schema if _holds_pictures(field.type)]


def _holds_pictures(kind: Any) -> bool:
    if not pa.types.is_struct(kind):
        return False
    fields = {kind.field(at).name: kind.field(at).type for at in range(kind.num_fields)}
    held = fields.get("bytes")
    return held is not None and (pa.types.is_binary(held) or pa.types.is_large_binary(held))


def _check(name: str, schema: Any, columns: list[str], terms: ShardTerms) -> None:
    if not columns:
        raise FolderError(
            f"{name} must have a column of pictures (a struct with the field `bytes`),"
            f" got {', '.join(schema.names)}"
        )
    if terms.per is not None and terms.per not in schema.names:
        raise FolderError(
            f"{name} has no column {terms.per!r} that could name users",
            hint=f"its columns are {', '.join(schema.names)}",
        )


def _treated(
    batch: Any, columns: list[str], terms: ShardTerms, treat: Treat, found: Rewritten
) -> Any:
    """The batch with its pictures treated, and with new hashes of those that changed."""
    count, first = batch.num_rows, found.samples
    found.samples += count
    users = [None] * count if terms.per is None else batch[terms.per].to_pylist()
    found.hashes.clear()  # a row holds hashes of its own pictures
    changed: dict[str, Any] = {}
    for name in columns:
        pictures = batch[name].to_pylist()
        for at, picture in enumerate(pictures):
            if picture is None or picture["bytes"] is None:
                continue
            user = user_of(users[at])
            result = treat(picture["bytes"], user)
            found.note(str(first + at), name, user, picture["bytes"], result)
            pictures[at] = None if result.data is None else {**picture, "bytes": result.data}
        changed[name] = pa.array(pictures, type=batch.schema.field(name).type)
    arrays = [
        changed[field.name]
        if field.name in changed
        else _with_new_hashes(batch[field.name], found.hashes)
        for field in batch.schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


def _with_new_hashes(column: Any, hashes: Mapping[str, str]) -> Any:
    kind = column.type
    if not hashes or not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return column
    values = column.to_pylist()
    if not any(value in hashes for value in values):
        return column
    return pa.array([hashes.get(value, value) for value in values], type=kind)


def _opened(source: Path) -> Any:
    try:
        return pq.ParquetFile(source)
    except (pa.ArrowException, OSError) as error:
        raise FolderError(f"{source.name} is no whole parquet file: {error}") from error


def _writer(target: Path, file: Any) -> Any:
    """A writer of the same schema, compressed as the file is."""
    about = file.metadata
    codecs: dict[str, str] = {}
    if about.num_row_groups:
        group = about.row_group(0)
        for column in (group.column(at) for at in range(group.num_columns)):
            codec = column.compression
            codecs[column.path_in_schema] = "NONE" if codec == "UNCOMPRESSED" else codec
    return pq.ParquetWriter(target, file.schema_arrow, compression=codecs or "snappy")
