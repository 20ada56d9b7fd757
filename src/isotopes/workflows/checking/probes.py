"""A folder of pictures to choose probes from, of which only the chosen ones are decoded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import overload

from isotopes.canonical import digest_file
from isotopes.errors import PublishedPicture
from isotopes.photos import Fate, read_picture, scan
from isotopes.photos.listing import is_media
from isotopes.targets import Picture

NamedPicture = tuple[str, Picture]


class ProbeFolder(Sequence[NamedPicture]):
    """Relative name and picture of each picture file below a folder, sorted by name.

    Taking one decodes it, upright and in RGB, and raises PhotoError if it is damaged.
    """

    def __init__(self, folder: Path, published: Collection[str] = ()) -> None:
        """List the folder.

        Args:
            published: hashes (``sha256:...``) of files that were published with the mark; to take
                one raises PublishedPicture.

        Raises:
            FolderError: not a folder, or one that can't be listed.
        """
        self._folder = folder
        self._published = frozenset(published)
        wanted = {Fate.MARKABLE, Fate.COPIED}
        self._names = [
            entry.name
            for entry in scan(folder)
            if entry.fate in wanted and is_media(Path(entry.name))
        ]

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> NamedPicture: ...
    @overload
    def __getitem__(self, index: slice) -> list[NamedPicture]: ...
    def __getitem__(self, index: int | slice) -> NamedPicture | list[NamedPicture]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        name = self._names[index]
        path = self._folder / name
        if self._published and digest_file(path) in self._published:
            raise PublishedPicture(name)
        return name, read_picture(path)
