"""Where a vault lies: a file of this computer, or a PostgreSQL database."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from isotopes.errors import VaultError
from isotopes.vault.storage.place import vault_file, vault_named


@dataclass(frozen=True)
class Location:
    """A vault's place; as text it names no password.

    Attributes:
        url: what SQLAlchemy connects to.
        path: the SQLite file; None for PostgreSQL.
    """

    url: URL = field(repr=False)
    path: Path | None

    def __str__(self) -> str:
        # A password may also stand in the query, so the display is built from the harmless parts.
        return str(self.path or f"postgresql://{self.url.host or ''}/{self.url.database or ''}")


def locate(text: str | Path | None = None) -> Location:
    """The vault that `text` names, else ISOTOPES_VAULT, else the platform's data folder.

    Raises:
        VaultError: a URL of anything but PostgreSQL.
    """
    given, path = vault_named(text), vault_file(text)
    if path is not None:
        return Location(URL.create("sqlite", database=str(path)), path)
    scheme = given.partition("://")[0]
    if scheme not in {"postgresql", "postgres"}:
        raise VaultError(
            f"a vault must be a file or a postgresql:// URL, got one that starts with {scheme}://"
        )
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        # Their messages repeat the URL, with its password.
        raise VaultError(
            "the vault's URL is malformed",
            hint="it must look like postgresql://user@host:5432/database",
        ) from None
    return Location(url.set(drivername="postgresql+psycopg"), None)
