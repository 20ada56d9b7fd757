"""Look through a folder with all workers: what can be marked, and what each picture shows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from isotopes.photos.choosing.look import look_at_file
from isotopes.photos.fate import Entry, Fate
from isotopes.photos.listing import list_files
from isotopes.photos.run.pool import Call, Lost, Workers

Progress = Callable[[int, int, str], None]


def look_through(
    folder: Path, workers: Workers, *, only: str | None = None, progress: Progress | None = None
) -> list[Entry]:
    """Every entry below `folder` with its fate and content, sorted by name.

    As `scan`, but every picture is decoded, at a small scale where its format allows that.

    Args:
        only: see `list_files`.
        progress: called after each file.

    Raises:
        FolderError: no folder, or one that can't be listed.
    """
    listing = list_files(folder, only)
    entries = list(listing.left_out)
    calls = (
        Call(name, look_at_file, (folder / name, name, workers.limits.picture))
        for name in listing.names
    )
    results = workers.run(calls)
    with closing(results):
        for done, (name, result) in enumerate(results, 1):
            if isinstance(result, Lost):
                entries.append(Entry(name, Fate.COPIED, result.reason))
            else:
                entries.append(result)
            if progress is not None:
                progress(done, len(listing.names), name)
    return sorted(entries, key=lambda entry: entry.name)
