"""A shard: the unit of work. File names alone identify it, before anything is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from isotopes.shards.stores import StoredFile

TAR, PARQUET, STATS = ".tar", ".parquet", "_stats.json"
HIDDEN = ".stats"  # a folder that readers of parquet data sets skip


@dataclass(frozen=True)
class Shard:
    """One file of samples, with what img2dataset writes beside it.

    Attributes:
        name: of its file without the suffix, relative to the source.
        kind: "tar" (webdataset; with `table`, img2dataset) or "parquet" (Hugging Face).
        size: of its file, in bytes.
        table: whether a parquet file of the same name describes a tar's samples.
        stats: whether img2dataset's statistics lie beside it.
    """

    name: str
    kind: Literal["tar", "parquet"]
    size: int
    table: bool = False
    stats: bool = False

    @property
    def file(self) -> str:
        """The file of samples."""
        return self.name + (TAR if self.kind == "tar" else PARQUET)

    @property
    def table_file(self) -> str:
        return self.name + PARQUET

    @property
    def stats_file(self) -> str:
        """img2dataset's statistics."""
        return self.name + STATS

    @property
    def marker(self) -> str:
        """The file that says that the shard is finished.

        Programs that read a folder of parquet files would take a JSON file in it for data.
        """
        if self.kind == "tar":
            return self.stats_file
        path = PurePosixPath(self.name)
        return str(path.parent / HIDDEN / f"{path.name}.json")


def find_shards(items: Iterable[StoredFile]) -> tuple[list[Shard], list[str]]:
    """The shards among these files, in order of their names, and the names of all other files."""
    sizes = {item.name: item.size for item in items}
    tars = {name.removesuffix(TAR) for name in sizes if name.endswith(TAR)}
    shards = [
        Shard(name, "tar", sizes[name + TAR], name + PARQUET in sizes, name + STATS in sizes)
        for name in tars
    ]
    alone = {name.removesuffix(PARQUET) for name in sizes if name.endswith(PARQUET)} - tars
    shards += [
        Shard(name, "parquet", sizes[name + PARQUET], stats=name + STATS in sizes) for name in alone
    ]
    used = {shard.file for shard in shards}
    used |= {shard.table_file for shard in shards if shard.table}
    used |= {shard.stats_file for shard in shards if shard.stats}
    markers = {shard.marker for shard in shards}
    others = sorted(sizes.keys() - used - markers)
    return sorted(shards, key=lambda shard: shard.name), others
