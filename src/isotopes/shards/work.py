"""Marks one shard and writes everything but its marker. Runs in a worker, perhaps twice.

The ledger is written first, then the tar, then its parquet. The marker follows once all of them are
known to be there. So files that a kill leaves behind have no marker, and are overwritten with the
same bytes.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isotopes.canonical import digest_file
from isotopes.errors import StoreError
from isotopes.shards.layouts.rows import Rewritten
from isotopes.shards.shard import PARQUET, Shard
from isotopes.shards.stores import ShardStore
from isotopes.shards.terms import ShardTerms
from isotopes.shards.treating import treating
from isotopes.strict_json import read_json

WORKSPACES = "isotopes-shards"


@dataclass(frozen=True)
class ShardTask:
    """One shard to mark.

    Attributes:
        shard: which.
        source, output, private: where it lies, where it goes, where its ledger goes.
        terms: how its pictures are marked.
        careful: whether each picture goes to its own process (`treating`).
    """

    shard: Shard
    source: ShardStore
    output: ShardStore
    private: ShardStore
    terms: ShardTerms
    careful: bool = False


@dataclass(frozen=True)
class Finished:
    """A shard that is written but not yet committed.

    Attributes:
        shard: which.
        marker: the contents of its marker.
        samples, pictures, marked: how many.
        unmarkable: pictures that could not be marked, by reason.
        users: of its pictures, if each user has a key of their own.
        bytes: written.
    """

    shard: Shard
    marker: bytes
    samples: int
    pictures: int
    marked: int
    unmarkable: Mapping[str, int]
    users: tuple[str, ...]
    bytes: int


def mark_shard(task: ShardTask) -> Finished:
    """Write the shard's ledger and its files.

    Raises:
        StoreError: a store fails.
        FolderError: the shard is damaged, or doesn't have its layout.
    """
    from isotopes.shards.ledger import write_ledger

    shard = task.shard
    with workspace() as folder:
        found, written = _rewrite(task, folder)
        ledger = folder / "ledger"
        write_ledger(found.rows, ledger)
        task.private.upload(ledger_name(shard), ledger)
        for name, path in written.items():
            task.output.upload(name, path)
        files: dict[str, dict[str, Any]] = {
            name: {"bytes": path.stat().st_size, "sha256": digest_file(path)[7:]}
            for name, path in written.items()
        }
    stats = task.source.read(shard.stats_file) if shard.stats else None
    return Finished(
        shard,
        _marker(stats, files),
        found.samples,
        len(found.rows),
        sum(row.marked for row in found.rows),
        Counter(row.reason for row in found.rows if row.reason),
        tuple(sorted({row.user for row in found.rows if row.user})),
        sum(about["bytes"] for about in files.values()),
    )


def ledger_name(shard: Shard) -> str:
    """Where the shard's part of the ledger lies in the private store."""
    return f"ledger/{shard.file}{PARQUET if shard.kind == 'tar' else ''}"


def is_finished(marker: bytes | None, sizes: dict[str, int], shard: Shard) -> bool:
    """Whether this marker is valid, and the files that it names are there in full.

    Args:
        sizes: of all files of the output.
    """
    if marker is None:
        return False
    try:
        files = read_json(marker)["files"]
        named = {shard.file, *([shard.table_file] if shard.table else [])}
        whole = {name for name in named if sizes.get(name) == files[name]["bytes"]}
    except (ValueError, TypeError, KeyError):
        return False
    return bool(whole == named == set(files))


@contextmanager
def workspace() -> Iterator[Path]:
    """An empty folder of this process; those of processes that were killed are removed."""
    above = Path(tempfile.gettempdir()) / f"{WORKSPACES}-{_account()}"
    above.mkdir(mode=0o700, exist_ok=True)
    for other in above.iterdir():
        if not _lives(other.name.partition("-")[0]):
            shutil.rmtree(other, ignore_errors=True)
    folder = above / f"{os.getpid()}-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _rewrite(task: ShardTask, folder: Path) -> tuple[Rewritten, dict[str, Path]]:
    """The shard's new files in this folder, by the names that they will have."""
    from isotopes.shards.layouts.parquet import rewrite_parquet, rewrite_table
    from isotopes.shards.layouts.tar import rewrite_tar

    shard, target, table = task.shard, folder / "shard", folder / "table"
    rewrite = rewrite_tar if shard.kind == "tar" else rewrite_parquet
    with (
        treating(task.terms, careful=task.careful) as treat,
        task.source.local_copy(shard.file, folder) as copy,
    ):
        _check_whole(copy, shard)
        found = rewrite(copy, target, task.terms, treat)
    written = {shard.file: target}
    if shard.table:
        with task.source.local_copy(shard.table_file, folder) as copy:
            rewrite_table(copy, table, found.hashes, task.terms.strip)
        written[shard.table_file] = table
    return found, written


def _check_whole(copy: Path, shard: Shard) -> None:
    """A tar that ends between two members reads like a whole one."""
    size = copy.stat().st_size
    if size != shard.size:
        raise StoreError(
            f"{shard.file} came with {size:,} bytes, but was listed with {shard.size:,}"
        )


def _marker(stats: bytes | None, files: dict[str, dict[str, Any]]) -> bytes:
    """img2dataset's statistics, if there are any, with sizes and hashes of the files.

    It is published, so nothing in it shows which pictures carry the mark, or how many.
    """
    try:
        told = {} if stats is None else read_json(stats)
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    return json.dumps({**told, "files": files}, indent=1).encode() + b"\n"


def _account() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else "user"


def _lives(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OSError):
        return True
    return True
