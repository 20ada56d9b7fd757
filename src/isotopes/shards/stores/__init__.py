"""Where shards lie: a folder, or a prefix of an object store."""

from isotopes.shards.stores.opening import is_address, open_store
from isotopes.shards.stores.store import ShardStore, StoredFile

__all__ = ["StoredFile", "ShardStore", "is_address", "open_store"]
