"""The interface of a store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StoredFile:
    """A file or an object.

    Attributes:
        name: relative to the store's prefix, parts joined by "/".
        size: in bytes.
    """

    name: str
    size: int


class ShardStore(ABC):
    """A folder or a prefix of an object store. It can be pickled, and connects when it is used.

    All methods raise StoreError if the store fails.
    """

    @property
    @abstractmethod
    def address(self) -> str:
        """Its path or URL, without credentials."""

    @abstractmethod
    def items(self) -> Iterator[StoredFile]:
        """All files in it, at any depth, in no order."""

    @abstractmethod
    def read(self, name: str) -> bytes | None:
        """A whole small object; None if there is none."""

    @abstractmethod
    def local_copy(self, name: str, workspace: Path) -> AbstractContextManager[Path]:
        """The object as a local file that must not be changed, perhaps a copy in `workspace`."""

    @abstractmethod
    def write(self, name: str, data: bytes) -> None:
        """Write a small object. Readers see the old one or this one, never a part."""

    @abstractmethod
    def upload(self, name: str, file: Path) -> None:
        """Write the contents of a local file as an object: whole, or not at all."""
