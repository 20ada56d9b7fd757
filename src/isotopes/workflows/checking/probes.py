"""A folder of pictures to choose probes from, of which only the chosen ones are decoded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import overload

from isotopes.canonical import digest_file
from isotopes.errors import PublishedPicture
from isotopes.photos import Fate, read_picture, scan
from isotopes.photos.listing import is_media
from isotopes.targets import Picture
from isotopes.workflows.checking.published import Published

NamedPicture = tuple[str, Picture]


class ProbeFolder(Sequence[NamedPicture]):
    """Relative name and picture of each picture file below a folder, sorted by name.

    Taking one decodes it, upright and in RGB, and raises PhotoError if it is damaged.
    """

    def __init__(
        self, folder: Path, published: Published | None = None, *, copies: bool = True
    ) -> None:
        """List the folder.

        Args:
            published: pictures that carry the mark; to take one raises PublishedPicture.
            copies: whether so does a picture that looks like one of them. Their originals may be
                taken.

        Raises:
            FolderError: not a folder, or one that can't be listed.
        """
        self._folder = folder
        self._published = published or Published()
        self._copies = copies
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
        if not self._published.digests:
            return name, read_picture(path)
        digest = digest_file(path)
        if digest in self._published.digests:
            raise PublishedPicture(name)
        picture = read_picture(path)
        may_be_copy = self._copies and digest not in self._published.originals
        if may_be_copy and self._published.shown_by(picture):
            raise PublishedPicture(name)
        return name, picture
