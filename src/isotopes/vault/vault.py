"""The vault: every isotope's key, what was fixed about it, and which files carry its mark."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from isotopes.errors import VaultError
from isotopes.vault.isotope import Isotope
from isotopes.vault.keys.keyring import BARE, KeyRing, Unlock, refuse_sealed, wrapped
from isotopes.vault.keys.sealing import DataKey
from isotopes.vault.ledger import Ledger
from isotopes.vault.storage import database, rows
from isotopes.vault.storage.database import Database, read_meta
from isotopes.vault.storage.location import locate
from isotopes.vault.storage.schema import isotopes, meta
from isotopes.vault.storage.soundness import open_to_others
from isotopes.vault.storage.stored import FileEntry
from isotopes.vault.terms import clean_name, utc_now


class Vault(Ledger):
    """An opened vault, as a context manager.

    Listing needs no passphrase. It is asked for when a key is first read or written, once, and a
    wrong one is refused before anything else happens.

    >>> with Vault.create("vault.sqlite") as vault:
    ...     vault.names(), vault.sealed
    ([], False)
    """

    def __init__(
        self, opened: Database, passphrase: Unlock | None, key: DataKey | None = None
    ) -> None:
        super().__init__(opened)
        self._ask = passphrase
        with opened.reading() as connection:
            self._meta = read_meta(connection)
        self._keys = KeyRing(opened.location, self._meta, passphrase, key)

    def __repr__(self) -> str:
        return f"<Vault {self.location}>"

    @staticmethod
    def exists(location: str | Path | None = None) -> bool:
        """Is there a vault, or a file in the place of one?

        Raises:
            VaultError: the PostgreSQL server can't be asked.
        """
        return database.exists(locate(location))

    @classmethod
    def open(cls, location: str | Path | None = None, passphrase: Unlock | None = None) -> Vault:
        """The vault at `location` (else ISOTOPES_VAULT, else the platform's data folder).

        Args:
            passphrase: gets the passphrase once a key is needed; or the key service that opens
                the keys without one (`keys.services`). Who gives one expects sealed keys: into a
                vault that isn't sealed, nothing is stored then.

        Raises:
            VaultError: there is none, it is of another schema version, or it was altered.
        """
        return cls(Database(locate(location)), passphrase)

    @classmethod
    def create(cls, location: str | Path | None = None, passphrase: Unlock | None = None) -> Vault:
        """A new vault, sealed by a passphrase or a key service, or unsealed where that is None.

        Raises:
            VaultError: something is there already, or the passphrase is empty.
        """
        place = locate(location)
        vault_id = secrets.token_hex(16)
        key, sealing = None, BARE
        if passphrase is not None:
            key = DataKey.new()
            sealing = wrapped(key, passphrase, vault_id)
        values = {"vault_id": vault_id, "created": utc_now(), "sealing": sealing}
        database.create(place, values)
        return cls(Database(place), passphrase, key)  # no need to ask for the passphrase again

    @property
    def sealed(self) -> bool:
        """Are the keys under a passphrase or a key service?"""
        return self._keys.sealed

    @property
    def bare_keys(self) -> str | None:
        """What the owner of an unsealed vault should know; None if keys are sealed."""
        if self.sealed:
            return None
        kind = "database" if self.location.path is None else "file"
        return f"the keys in {self.location} are not sealed: whoever reads that {kind} has them"

    @property
    def exposure(self) -> str | None:
        """Which other accounts can read or change the vault's file; None if there are none."""
        path = self.location.path
        return None if path is None else open_to_others(path)

    def add(self, isotope: Isotope) -> None:
        """Keep a new isotope.

        Raises:
            VaultError: its name is taken, it is here already, its commitment is not that of its
                fields, or keys in this vault are not as they should be.
            WrongPassphrase: the vault is sealed with another one.
        """
        if not self.merge([(isotope, ())]):
            raise VaultError(f"isotope {isotope.name!r} is in this vault already")

    def merge(self, records: Sequence[tuple[Isotope, Iterable[FileEntry]]]) -> list[str]:
        """Keep these isotopes with their files, all or (on an error) none; names the new ones.

        An isotope that is here already, whatever it is called, only gains the files it lacks and
        the beacon that it waited for.

        Raises:
            VaultError, WrongPassphrase: as `add`.
        """
        # Sealed first: the vault must not be locked while a person types a passphrase.
        sealed = [self._keys.store(isotope) for isotope, _ in records]
        ours = [isotope for isotope, _ in records]
        with self._database.writing() as connection:
            self._check_same(connection)
            if not self.sealed:
                refuse_sealed(connection, self.location)
            known = rows.insert_isotopes(connection, list(zip(ours, sealed, strict=True)))
            for isotope, entries in records:
                name = known.get(isotope.commitment, isotope.name)
                rows.insert_files(connection, name, entries)
        new = {one.commitment: one.name for one in ours if one.commitment not in known}
        return list(new.values())

    def get(self, name: str) -> Isotope:
        """The isotope with its key, once it is checked against its commitment.

        Raises:
            VaultError: there is none of that name, or what is stored was altered.
            WrongPassphrase: the vault is sealed with another one.
        """
        with self._database.one_statement() as connection:
            found = rows.look_up(connection, clean_name(name))
        if found is not None:
            row, described = found
            self._need_same(described)
            return self._keys.read(row)
        with self._database.reading() as connection:
            self._check_same(connection)
            row = rows.get(connection, self.location, name)
        return self._keys.read(row)

    def rename(self, name: str, new: str) -> None:
        """Give an isotope another name; its files and its commitment stay what they are.

        Raises:
            VaultError: no isotope has that name, another one has the new one, or the new one
                can't be a name.
            WrongPassphrase: the vault is sealed with another one.
        """
        isotope = self.get(name)
        renamed = replace(isotope, name=clean_name(new))
        secret = self._keys.seal(renamed, self._keys.data_key())
        with self._database.writing() as connection:
            self._check_same(connection)
            if rows.find(connection, renamed.name) is not None:
                raise rows.name_taken(renamed.name)
            chosen = isotopes.c.commitment == isotope.commitment
            values = {"name": renamed.name, "secret": secret}
            try:
                connection.execute(update(isotopes).where(chosen).values(**values))
            except IntegrityError as error:  # another process took the name at this moment
                raise rows.name_taken(renamed.name) from error

    def unlock(self) -> None:
        """Ask for the passphrase now instead of when a key is first needed.

        Raises:
            VaultError: a passphrase is needed, and nobody can be asked for it.
            WrongPassphrase: the vault is sealed with another one.
        """
        self._keys.data_key()

    def set_passphrase(self, passphrase: Unlock) -> None:
        """Seal the keys, or change the passphrase or the key service of sealed ones.

        Every key is read and checked against its commitment first. Copies made before (backups,
        exports) keep the passphrase they had.

        Raises:
            VaultError: an empty passphrase, or a key that isn't what its commitment says.
            WrongPassphrase: the old one, asked for first where keys are sealed, is wrong.
        """
        key = self._keys.data_key() or DataKey.new()
        sealing = wrapped(key, passphrase, self._meta["vault_id"])
        with self._database.writing(alone=True) as connection:
            self._check_same(connection)
            for row in connection.execute(select(isotopes)).mappings().all():
                isotope = self._keys.read(row)
                if not self.sealed:
                    secret = self._keys.seal(isotope, key)
                    chosen = isotopes.c.name == row["name"]
                    connection.execute(update(isotopes).where(chosen).values(secret=secret))
            chosen = meta.c.key == "sealing"
            connection.execute(update(meta).where(chosen).values(value=sealing))
        self._meta = {**self._meta, "sealing": sealing}
        self._keys = KeyRing(self.location, self._meta, passphrase, key)

    def _check_same(self, connection: Connection) -> None:
        """Keys must be read and written under the sealing that this object knows."""
        self._need_same(read_meta(connection))

    def _need_same(self, described: dict[str, str]) -> None:
        if described != self._meta:
            raise VaultError(
                f"another process has sealed anew or restored {self.location} meanwhile",
                hint="nothing was written: run the command again",
            )
