"""The shards that a person names: a folder or prefix, or a pattern as webdataset writes it.

``data/{00000..00099}.tar`` names a hundred files, ``s3://bucket/data/*.parquet`` all that match.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from isotopes.errors import StoreError
from isotopes.photos.listing import MARKED, PICTURES
from isotopes.shards.stores import ShardStore, StoredFile, is_address, open_store

WILD = re.compile(r"[*?\[{]")
BRACES = re.compile(r"\{([^{}]*)\}")
RANGE = re.compile(r"([0-9]+)\.\.([0-9]+)")
MOST_NAMES = 10_000_000  # that one pattern's braces stand for
SUFFIXES = (".tar", ".parquet")


@dataclass(frozen=True)
class Source:
    """A store, and which of its files count.

    Attributes:
        store: the folder or prefix.
        patterns: globs relative to it; empty for all files.
    """

    store: ShardStore
    patterns: tuple[str, ...] = ()

    def items(self) -> list[StoredFile]:
        """The files that count, sorted by name.

        Raises:
            StoreError: the store can't be listed.
        """
        every = sorted(self.store.items(), key=lambda item: item.name)
        if not self.patterns:
            return every
        exact = {one for one in self.patterns if not WILD.search(one)}
        wild = [one for one in self.patterns if WILD.search(one)]
        return [
            item
            for item in every
            if item.name in exact or any(fnmatchcase(item.name, one) for one in wild)
        ]


def open_source(text: str) -> Source:
    """The source that a person names.

    Raises:
        StoreError: no such kind of store, or braces that name too many files.
    """
    wild = WILD.search(text)
    if wild is None:
        path = Path(text)
        if not is_address(text) and path.is_file():
            return Source(open_store(str(path.parent)), (path.name,))
        if is_address(text) and text.endswith(SUFFIXES):
            base, _, name = text.rpartition("/")
            return Source(open_store(base), (name,))
        return Source(open_store(text))
    base, _, _ = text[: wild.start()].rpartition("/")
    pattern = text[len(base) + 1 :] if base else text
    return Source(open_store(base or "."), tuple(expand(pattern)))


def holds_shards(text: str) -> bool:
    """Does this name shards, rather than a folder of pictures?

    A folder does if it holds shards and no pictures.
    """
    if is_address(text) or text.endswith(SUFFIXES):
        return True
    path = Path(text)
    if not path.is_dir():
        return WILD.search(text) is not None and not path.exists()
    try:
        suffixes = {file.suffix.lower() for file in path.iterdir()}
    except OSError:
        return False  # the code that reads it reports the error
    pictures = {suffix for suffix in suffixes if suffix in MARKED | PICTURES}
    return not pictures and not suffixes.isdisjoint(SUFFIXES)


def expand(pattern: str) -> list[str]:
    """The patterns that braces stand for: ranges such as {000..123}, and lists such as {a,b}.

    >>> expand("{08..10}-{a,b}.tar")
    ['08-a.tar', '08-b.tar', '09-a.tar', '09-b.tar', '10-a.tar', '10-b.tar']

    Raises:
        StoreError: more than MOST_NAMES.
    """
    found = [pattern]
    while any(BRACES.search(one) for one in found):
        found = [done for one in found for done in _first_braces(one)]
        if len(found) > MOST_NAMES:
            raise StoreError(f"{pattern} stands for more than {MOST_NAMES:,} files")
    return found


def _first_braces(pattern: str) -> Iterator[str]:
    braces = BRACES.search(pattern)
    if braces is None:
        yield pattern
        return
    before, after = pattern[: braces.start()], pattern[braces.end() :]
    numbers = RANGE.fullmatch(braces[1])
    if numbers is None:
        yield from (f"{before}{choice}{after}" for choice in braces[1].split(","))
        return
    first, last = int(numbers[1]), int(numbers[2])
    if last - first >= MOST_NAMES:
        raise StoreError(f"{{{braces[1]}}} stands for more than {MOST_NAMES:,} files")
    for number in range(first, last + 1):
        yield f"{before}{number:0{len(numbers[1])}}{after}"
