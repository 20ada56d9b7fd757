"""A prefix of S3, Google Cloud Storage or Azure Blob Storage, through `obstore`.

Credentials, region and endpoint come from the environment, under the names that the provider's own
tools read (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, GOOGLE_SERVICE_ACCOUNT, AZURE_STORAGE_ACCOUNT_NAME,
...), or from the machine's role.

A single request is retried by obstore: server errors, throttling (503 SlowDown), dropped
connections. We start again here after failures that it doesn't cover, such as a download that
keeps stopping halfway, or a 429.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from isotopes.errors import StoreError
from isotopes.shards.stores.store import ShardStore, StoredFile

ATTEMPTS = 5
PAUSE = 0.5  # seconds before the second attempt; doubled before each further one
PIECE = 8 << 20  # bytes
RETRY = {
    "max_retries": 10,
    "retry_timeout": timedelta(minutes=3),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=10),
        "base": 2,
    },
}

T = TypeVar("T")


@dataclass(frozen=True)
class BucketStore(ShardStore):
    """A prefix such as ``s3://bucket/data``, ``gs://bucket/...`` or ``az://container/...``."""

    url: str

    @property
    def address(self) -> str:
        return self.url

    @cached_property
    def _store(self) -> Any:
        from obstore.store import from_url

        try:
            return from_url(self.url, retry_config=RETRY)
        except Exception as error:  # whatever its parsers raise
            raise StoreError(
                f"{self.url} can't be opened: {_first_line(error)}",
                hint="credentials, region and endpoint come from the environment, as for the"
                " provider's own tools (docs/scale.md)",
            ) from error

    def __getstate__(self) -> dict[str, str]:
        return {"url": self.url}

    def items(self) -> Iterator[StoredFile]:
        import obstore

        def listed() -> list[StoredFile]:
            found = obstore.list(self._store, chunk_size=1000)
            return [StoredFile(one["path"], one["size"]) for chunk in found for one in chunk]

        yield from self._again("listed", "", listed)

    def read(self, name: str) -> bytes | None:
        import obstore

        def get() -> bytes | None:
            try:
                return bytes(obstore.get(self._store, name).bytes())
            except FileNotFoundError:
                return None

        return self._again("read", name, get)

    @contextmanager
    def local_copy(self, name: str, workspace: Path) -> Iterator[Path]:
        import obstore

        path = workspace / name.replace("/", "_")

        def fetch() -> None:
            found = obstore.get(self._store, name)
            size = 0
            with path.open("wb") as file:
                for piece in found.stream(min_chunk_size=PIECE):
                    size += file.write(piece)
            if size != found.meta["size"]:
                raise OSError(f"{size:,} of {found.meta['size']:,} bytes came")

        self._again("read", name, fetch)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def write(self, name: str, data: bytes) -> None:
        import obstore

        self._again("written", name, lambda: obstore.put(self._store, name, data))

    def upload(self, name: str, file: Path) -> None:
        import obstore

        self._again("written", name, lambda: obstore.put(self._store, name, file))

    def _again(self, done: str, name: str, action: Callable[[], T]) -> T:
        """The action's result; starts again if the store failed.

        Raises:
            StoreError: it failed each time, or the error is final.
        """
        from obstore import exceptions

        final = (
            FileNotFoundError,
            exceptions.PermissionDeniedError,
            exceptions.UnauthenticatedError,
            exceptions.InvalidPathError,
            exceptions.UnknownConfigurationKeyError,
        )
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return action()
            except final as error:
                raise self._failed(done, name, error) from error
            except (exceptions.BaseError, OSError) as error:
                if attempt == ATTEMPTS:
                    raise self._failed(done, name, error) from error
            time.sleep(PAUSE * 2**attempt * random.uniform(0.5, 1))  # noqa: S311, NPY002
        raise AssertionError("the last attempt returns or raises")

    def _failed(self, done: str, name: str, error: Exception) -> StoreError:
        place = f"{self.url.rstrip('/')}/{name}" if name else self.url
        return StoreError(f"{place} can't be {done}: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    """What the store says, without the dump of the request that follows."""
    return (str(error).strip() or type(error).__name__).partition("\n")[0][:300]
