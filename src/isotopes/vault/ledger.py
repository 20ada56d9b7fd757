"""What a vault says and notes without its keys: its isotopes, their pictures, time stamps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import func, select

from isotopes.closing import Closing
from isotopes.vault.storage import rows
from isotopes.vault.storage.arrivals import Known, Watch, arrivals, begin_watch, now
from isotopes.vault.storage.database import Database
from isotopes.vault.storage.location import Location
from isotopes.vault.storage.schema import files, isotopes
from isotopes.vault.storage.stored import FileEntry, IsotopeSummary, believed


class Ledger(Closing):
    """The part of a vault that needs no passphrase."""

    def __init__(self, opened: Database) -> None:
        self._database = opened

    def close(self) -> None:
        self._database.close()

    @property
    def location(self) -> Location:
        return self._database.location

    def names(self) -> list[str]:
        """All names, oldest isotope first."""
        with self._database.reading() as connection:
            return rows.select_names(connection)

    def names_among(self, wanted: Collection[str]) -> set[str]:
        """Which of these names are taken."""
        with self._database.reading() as connection:
            return rows.select_names_among(connection, wanted)

    def summaries(self) -> list[IsotopeSummary]:
        """All isotopes without their keys, oldest first; needs no passphrase."""
        with self._database.reading() as connection:
            found = connection.execute(rows.summaries()).mappings()
            return [believed(IsotopeSummary, row) for row in found]

    def summary(self, name: str) -> IsotopeSummary:
        """One isotope without its key; needs no passphrase.

        Raises:
            VaultError: there is none of that name.
        """
        with self._database.reading() as connection:
            row = rows.get(connection, self.location, name)
            chosen = rows.summaries().where(isotopes.c.name == row["name"])
            return believed(IsotopeSummary, connection.execute(chosen).mappings().one())

    def record_files(self, name: str, entries: Iterable[FileEntry]) -> None:
        """Note what became of these pictures, all or none; what is noted already stays as it is.

        Raises:
            VaultError: no isotope has that name.
        """
        with self._database.writing() as connection:
            row = rows.get(connection, self.location, name, keep_name=True)
            rows.insert_files(connection, row["name"], entries)

    def claim_files(
        self, records: Mapping[str, Collection[FileEntry]], watch: Watch
    ) -> list[Known]:
        """Note pictures that are about to be published, unless others were noted since a look.

        Args:
            records: of each isotope, by its name.
            watch: of `watch_pictures`.

        Returns:
            What came since the last look. None of `records` are noted then, as what came may forbid
            some of them. Empty if all are noted.

        Raises:
            VaultError: no isotope has one of these names.
        """
        with self._database.writing() as connection:
            for name in records:  # before the table is locked, as a rename does it
                rows.get(connection, self.location, name, keep_name=True)
            came = arrivals(connection, watch)
            for name, entries in records.items() if not came else ():
                rows.insert_files(connection, name, entries)
            since = now(connection)
        watch.see(came or [(name, one) for name, entries in records.items() for one in entries])
        watch.since = since
        return came

    def files(self, name: str) -> list[FileEntry]:
        """The pictures recorded for an isotope, by name.

        Raises:
            VaultError: no isotope has that name.
        """
        with self._database.reading() as connection:
            return rows.select_files(connection, rows.get(connection, self.location, name)["name"])

    def find_files(self, isotope: str, digest: str) -> list[FileEntry]:
        """The pictures recorded for an isotope that had these bytes, as original or published.

        The database looks for them, so it costs far less than to read all `files`.
        """
        with self._database.one_statement() as connection:
            return rows.find_files(connection, isotope, digest)

    def count_files(self, name: str, *, since: str) -> int:
        """How many pictures were recorded for an isotope since then (UTC, ISO 8601)."""
        chosen = select(func.count()).where(files.c.isotope == name, files.c.added >= since)
        with self._database.reading() as connection:
            return int(connection.scalar(chosen) or 0)

    def known_pictures(self) -> list[tuple[str, FileEntry]]:
        """Every picture recorded for any isotope, with that isotope's name."""
        with self._database.reading() as connection:
            return rows.select_all_files(connection)

    def watch_pictures(self) -> Watch:
        """Every recorded picture, and the beginning of a watch for further ones."""
        with self._database.reading() as connection:
            return begin_watch(connection)

    def keep_stamp(self, digest: str, token: bytes, authority: str) -> None:
        """Keep a time stamp of something that has this digest."""
        with self._database.writing() as connection:
            rows.insert_stamp(connection, digest, token, authority)

    def stamps(self, digest: str) -> list[tuple[bytes, str]]:
        """The time stamps of what has this digest: token and the authority's address."""
        with self._database.reading() as connection:
            return rows.select_stamps(connection, digest)
