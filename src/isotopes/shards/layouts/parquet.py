"""Parquet shards: Hugging Face's, whose rows hold pictures, and img2dataset's, which describe them.

One row group is in memory at a time. The schema with its metadata, the order, the row groups and
the compression stay the same; a file in which nothing changes is copied byte by byte.

Reference: https://huggingface.co/docs/datasets, `Image`: a struct of `bytes` and `path`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from isotopes.errors import FolderError
from isotopes.photos import Strip
from isotopes.shards.exif_field import FIELD, stripped_text
from isotopes.shards.layouts.rows import Rewritten
from isotopes.shards.layouts.users import user_of
from isotopes.shards.part import SamplePart, Treat
from isotopes.shards.terms import ShardTerms

BATCH = 32  # rows
SHORTEST_HASH, LONGEST_HASH = 32, 64  # characters of MD5; bytes of SHA-512


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


def rewrite_table(
    source: Path, target: Path, hashes: Mapping[str, str], strip: Strip = None
) -> None:
    """Rewrite img2dataset's description of a shard: new hashes of changed pictures, less EXIF.

    Args:
        strip: what was left out of the pictures, and leaves the column `exif` too.

    Raises:
        FolderError: it is not a parquet file, or a damaged one.
    """
    with _opened(source) as file:
        texts = [field.name for field in file.schema_arrow if _is_text(field.type)]

        def new(name: str, value: str | None) -> str | None:
            if value is not None and strip is not None and name == FIELD:
                value = stripped_text(value, strip)
            return hashes.get(value, value) if value is not None else None

        differs = any(
            new(name, value) != value
            for batch in file.iter_batches(columns=texts)
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
            for value in column.to_pylist()
        )
        if not differs:
            shutil.copyfile(source, target)
            return
        with _writer(target, file) as writer:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                for at, field in enumerate(table.schema):
                    if field.name in texts:
                        values = [new(field.name, value) for value in table[at].to_pylist()]
                        table = table.set_column(at, field, pa.array(values, type=field.type))
                writer.write_table(table, row_group_size=max(1, table.num_rows))


def picture_columns(schema: Any) -> list[str]:
    """The columns that hold pictures, one or a list of them, as structs of bytes and path."""
    return [field.name for field in schema if _holds_pictures(_element(field.type))]


def _element(kind: Any) -> Any:
    """The type of a list's elements; of any other column its own type."""
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return kind.value_type if is_list else kind


def _holds_pictures(kind: Any) -> bool:
    if not pa.types.is_struct(kind):
        return False
    fields = {kind.field(at).name: kind.field(at).type for at in range(kind.num_fields)}
    return _is_binary(fields.get("bytes"))


def _is_binary(kind: Any) -> bool:
    checks = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    return kind is not None and any(check(kind) for check in checks)


def _is_text(kind: Any) -> bool:
    checks = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(check(kind) for check in checks)


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
    first = found.samples
    found.samples += batch.num_rows
    users = [None] * batch.num_rows if terms.per is None else batch[terms.per].to_pylist()
    kinds = {field.name: field.type for field in batch.schema}
    elements = {name: _element(kind) for name, kind in kinds.items()}
    held = {
        name: batch[name].to_pylist()
        for name, kind in elements.items()
        if name in columns or _is_binary(kind) or _is_text(kind)
    }
    for at in range(batch.num_rows):
        found.hashes.clear()  # a row holds hashes of its own pictures
        cells = [cell for name in held for cell in _cells(held[name], at, name, columns)]
        parts = [cell.part for cell in cells]
        user = user_of(users[at])
        for cell, result in zip(cells, treat(parts, user), strict=True):
            part = cell.part
            is_changed = result.data != part.data
            if part.is_picture or (is_changed and not _is_text(elements[part.name])):
                found.note(str(first + at), part.name, user, part.data, result)
            if is_changed:
                cell.replace(result.data)
        for values in held.values() if found.hashes else ():
            values[at] = _with_new_hashes(values[at], found.hashes)
    return pa.RecordBatch.from_arrays(
        [
            pa.array(held[name], type=kind) if name in held else batch[name]
            for name, kind in kinds.items()
        ],
        schema=batch.schema,
    )


@dataclass(frozen=True)
class _Cell:
    """Where a part of a row stands: an element of a column's values, or of a list among them."""

    part: SamplePart
    values: list[Any]
    at: int

    def replace(self, data: bytes | None) -> None:
        """Write the part's new contents; null for None."""
        old = self.values[self.at]
        if isinstance(old, dict):
            self.values[self.at] = None if data is None else {**old, "bytes": data}
        else:
            is_text = isinstance(old, str) and data is not None
            self.values[self.at] = data.decode() if is_text and data is not None else data


def _cells(values: list[Any], at: int, name: str, columns: list[str]) -> Iterator[_Cell]:
    """The parts in one row of a column."""
    value = values[at]
    if isinstance(value, list):
        for inside in range(len(value)):
            yield from _cells(value, inside, name, columns)
        return
    if isinstance(value, dict):
        value = value["bytes"]
    if isinstance(value, str):
        value = value.encode()
    if value is not None:
        yield _Cell(SamplePart(name, value, name in columns), values, at)


def _with_new_hashes(value: Any, hashes: Mapping[str, str]) -> Any:
    """The value, a list among them, with hashes replaced: inside a text, or as bytes by itself."""
    if isinstance(value, list):
        return [_with_new_hashes(one, hashes) for one in value]
    if isinstance(value, str) and len(value) >= SHORTEST_HASH:
        for old, new in hashes.items():
            value = value.replace(old, new)
    if isinstance(value, bytes) and len(value) <= LONGEST_HASH and value.hex() in hashes:
        return bytes.fromhex(hashes[value.hex()])
    return value


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
