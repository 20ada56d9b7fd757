"""The vault: every isotope's key, what was fixed about it, and which files carry its mark."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, RowMapping, delete, select, update

from isotopes.canonical import canonical_json, digest_of
from isotopes.errors import VaultError
from isotopes.seeds import KEY_BYTES
from isotopes.vault import database, rows
from isotopes.vault.database import Database, read_meta
from isotopes.vault.isotope import Isotope, clean_name
from isotopes.vault.location import Location, locate
from isotopes.vault.rows import FileEntry, IsotopeSummary
from isotopes.vault.schema import isotopes, meta
from isotopes.vault.sealing import DataKey, Sealing

AskPassphrase = Callable[[], str]


class Vault:
    """An opened vault, as a context manager.

    Listing needs no passphrase. It is asked for when a key is first read or written, once, and a
    wrong one is told before anything else happens.

    >>> with Vault.create("vault.sqlite") as vault:
    ...     vault.names(), vault.sealed
    ([], False)
    """

    def __init__(self, opened: Database, passphrase: AskPassphrase | None) -> None:
        self._database = opened
        self._ask = passphrase
        self._key: DataKey | None = None
        with opened.reading() as connection:
            self._meta = read_meta(connection)

    @staticmethod
    def exists(location: str | Path | None = None) -> bool:
        """Is there a vault, or a file in the place of one?

        Raises:
            VaultError: the PostgreSQL server can't be asked.
        """
        return database.exists(locate(location))

    @classmethod
    def open(
        cls, location: str | Path | None = None, passphrase: AskPassphrase | None = None
    ) -> Vault:
        """The vault at `location` (else ISOTOPES_VAULT, else the platform's data folder).

        Raises:
            VaultError: there is none, or it is of another schema version.
        """
        return cls(Database(locate(location)), passphrase)

    @classmethod
    def create(
        cls, location: str | Path | None = None, passphrase: AskPassphrase | None = None
    ) -> Vault:
        """A new vault, sealed with what `passphrase` returns, or unsealed where that is None.

        Raises:
            VaultError: something is there already, or the passphrase is empty.
        """
        place = locate(location)
        vault_id = secrets.token_hex(16)
        values = {"vault_id": vault_id, "created": datetime.now(UTC).isoformat(timespec="seconds")}
        key = None
        if passphrase is not None:
            key = DataKey.new()
            values["sealing"] = _wrapped(key, passphrase(), vault_id)
        database.create(place, values)
        vault = cls(Database(place), passphrase)
        vault._key = key  # known already: no need to ask for the passphrase again
        return vault

    def __enter__(self) -> Vault:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    @property
    def location(self) -> Location:
        return self._database.location

    @property
    def sealed(self) -> bool:
        """Are the keys under a passphrase?"""
        return "sealing" in self._meta

    @property
    def warning(self) -> str | None:
        """What the owner of an unsealed vault should know; None where keys are sealed."""
        if self.sealed:
            return None
        kind = "database" if self.location.path is None else "file"
        return f"the keys in {self.location} are not sealed: whoever reads that {kind} has them"

    def add(self, isotope: Isotope) -> None:
        """Keep a new isotope.

        Raises:
            VaultError: its name is taken, or its commitment is not that of its fields.
            WrongPassphrase: the vault is sealed with another one.
        """
        if not self.merge([(isotope, ())]):
            raise VaultError(f"isotope {isotope.name!r} is in this vault already")

    def merge(self, records: Sequence[tuple[Isotope, Iterable[FileEntry]]]) -> list[str]:
        """Keep these isotopes with their files, all or (on an error) none; names the new ones.

        An isotope that is here already only gains the files it lacks.

        Raises:
            VaultError, WrongPassphrase: as `add`.
        """
        # Sealed first: the vault must not be locked while a person types a passphrase.
        sealed = [self._seal(isotope) for isotope, _ in records]
        added = []
        with self._database.writing() as connection:
            self._check_same(connection)
            for (isotope, entries), secret in zip(records, sealed, strict=True):
                if rows.insert_isotope(connection, isotope, secret):
                    added.append(isotope.name)
                rows.insert_files(connection, isotope.name, entries)
        return added

    def get(self, name: str) -> Isotope:
        """The isotope with its key, once it is checked against its commitment.

        Raises:
            VaultError: there is none of that name, or what is stored was altered.
            WrongPassphrase: the vault is sealed with another one.
        """
        with self._database.reading() as connection:
            self._check_same(connection)
            row = self._find(connection, name)
        return self._unseal(row)

    def names(self) -> list[str]:
        """All names, oldest isotope first."""
        chosen = select(isotopes.c.name).order_by(isotopes.c.created, isotopes.c.name)
        with self._database.reading() as connection:
            return list(connection.scalars(chosen))

    def summaries(self) -> list[IsotopeSummary]:
        """All isotopes without their keys, oldest first; needs no passphrase."""
        with self._database.reading() as connection:
            found = connection.execute(rows.summaries()).mappings()
            return [IsotopeSummary(**row) for row in found]

    def summary(self, name: str) -> IsotopeSummary:
        """One isotope without its key; needs no passphrase.

        Raises:
            VaultError: there is none of that name.
        """
        with self._database.reading() as connection:
            row = self._find(connection, name)
            chosen = rows.summaries().where(isotopes.c.name == row["name"])
            return IsotopeSummary(**connection.execute(chosen).mappings().one())

    def record_files(self, name: str, entries: Iterable[FileEntry]) -> None:
        """Note what became of these pictures, all or none; what is noted already stays as it is.

        Raises:
            VaultError: no isotope has that name.
        """
        with self._database.writing() as connection:
            row = self._find(connection, name)
            rows.insert_files(connection, row["name"], entries)

    def files(self, name: str) -> list[FileEntry]:
        """The pictures recorded for an isotope, by name.

        Raises:
            VaultError: no isotope has that name.
        """
        with self._database.reading() as connection:
            return rows.select_files(connection, self._find(connection, name)["name"])

    def set_passphrase(self, passphrase: AskPassphrase) -> None:
        """Seal the keys, or change the passphrase of sealed ones.

        Copies made before (backups, exports) keep the passphrase they had.

        Raises:
            VaultError: an empty passphrase.
            WrongPassphrase: the old one, asked for first where keys are sealed, is wrong.
        """
        key = self._data_key() or DataKey.new()
        sealing = _wrapped(key, passphrase(), self._meta["vault_id"])
        with self._database.writing() as connection:
            self._check_same(connection)
            if not self.sealed:
                self._seal_all(connection, key)
            connection.execute(delete(meta).where(meta.c.key == "sealing"))
            connection.execute(meta.insert(), {"key": "sealing", "value": sealing})
        self._meta = {**self._meta, "sealing": sealing}
        self._key = key

    def _find(self, connection: Connection, name: str) -> RowMapping:
        row = rows.find(connection, clean_name(name))
        if row is None:
            raise VaultError(
                f"no isotope is called {name!r} in {self.location}",
                hint="`isotopes vault list` shows all names",
            )
        return row

    def _check_same(self, connection: Connection) -> None:
        """Keys must be read and written under the sealing that this object knows."""
        if read_meta(connection) != self._meta:
            raise VaultError(
                f"another process has sealed anew or restored {self.location} meanwhile",
                hint="nothing was written: run the command again",
            )

    def _data_key(self) -> DataKey | None:
        if self._key is None and self.sealed:
            if self._ask is None:
                raise VaultError(
                    f"the keys in {self.location} are sealed and need the passphrase, got none"
                )
            sealing = Sealing.from_dict(json.loads(self._meta["sealing"]))
            self._key = sealing.unwrap(self._ask(), _vault_context(self._meta["vault_id"]))
        return self._key

    def _seal(self, isotope: Isotope) -> bytes:
        if digest_of(isotope.statement()) != isotope.commitment:
            raise VaultError(f"the commitment of isotope {isotope.name!r} is not that of its terms")
        key = self._data_key()
        secret = isotope.root + isotope.salt
        return (
            secret
            if key is None
            else key.seal(secret, self._context(isotope.name, isotope.commitment))
        )

    def _unseal(self, row: RowMapping) -> Isotope:
        key, secret = self._data_key(), row["secret"]
        if key is not None:
            secret = key.unseal(secret, self._context(row["name"], row["commitment"]))
        shown = {name: row[name] for name in rows.OPEN_FIELDS}
        isotope = Isotope(root=secret[:KEY_BYTES], salt=secret[KEY_BYTES:], **shown)
        if digest_of(isotope.statement()) != isotope.commitment:
            raise VaultError(
                f"isotope {isotope.name!r} does not match its commitment: the vault was altered",
                hint="restore a backup",
            )
        return isotope

    def _seal_all(self, connection: Connection, key: DataKey) -> None:
        chosen = select(isotopes.c.name, isotopes.c.commitment, isotopes.c.secret)
        for name, commitment, secret in connection.execute(chosen).all():
            sealed = key.seal(secret, self._context(name, commitment))
            connection.execute(
                update(isotopes).where(isotopes.c.name == name).values(secret=sealed)
            )

    def _context(self, name: str, commitment: str) -> bytes:
        """What binds a sealed key to its place: moved elsewhere, it doesn't open."""
        place = {"vault": self._meta["vault_id"], "isotope": name, "commitment": commitment}
        return canonical_json(place)


def _vault_context(vault_id: str) -> bytes:
    return canonical_json({"vault": vault_id})


def _wrapped(key: DataKey, passphrase: str, vault_id: str) -> str:
    return canonical_json(key.wrap(passphrase, _vault_context(vault_id)).to_dict()).decode()
