"""Opens a store by its address."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from isotopes.errors import StoreError
from isotopes.extras import how_to_install
from isotopes.shards.stores.bucket import BucketStore
from isotopes.shards.stores.folder import FolderStore
from isotopes.shards.stores.store import ShardStore

SCHEMES = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "adl")


def is_address(text: str) -> bool:
    """Is this the address of something other than a path?"""
    return "://" in text


def open_store(address: str) -> ShardStore:
    """The folder or prefix of this address. Nothing is connected yet.

    Raises:
        StoreError: an unknown kind of address, or obstore is not installed.
    """
    if not is_address(address):
        return FolderStore(Path(address).expanduser().absolute())
    scheme = address.partition("://")[0]
    if scheme == "file":
        return FolderStore(Path(address.removeprefix("file://")).absolute())
    if scheme not in SCHEMES:
        raise StoreError(
            f"a store must be a folder or an address that starts with s3://, gs:// or az://,"
            f" got {scheme}://"
        )
    if find_spec("obstore") is None:
        raise StoreError(
            "object stores need the package obstore, which is not installed",
            hint=how_to_install("stores"),
        )
    return BucketStore(address.rstrip("/"))
