"""Which pictures were recorded since somebody looked, by whatever process.

That makes it safe to mark the same pictures in two processes: each records what it is about to
publish, and learns in the same transaction what others recorded meanwhile.

No row is ever deleted, so in SQLite later rows have higher numbers. In PostgreSQL every row holds
the number of the transaction that wrote it. What a snapshot doesn't show is from transactions that
were running then or began later; a few rows that it does show have such numbers, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from isotopes.vault.storage import rows
from isotopes.vault.storage.schema import files
from isotopes.vault.storage.stored import FileEntry
from isotopes.vault.terms import storable

Known = tuple[str, FileEntry]  # an isotope's name, and a picture that is recorded for it

_NOW = {
    "sqlite": text(f"SELECT coalesce(max(rowid), 0) FROM {files.name}"),
    "postgresql": text(
        "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
    ),
}
_LATER = {
    "sqlite": text("rowid > :since"),
    # Numbers of transactions wrap around; `age` counts backwards from the present one.
    "postgresql": text(
        f"age({files.name}.xmin) <= age(CAST(CAST(CAST(:since AS text) AS xid8) AS xid))"
    ),
}


@dataclass
class Watch:
    """What has been seen of the recorded pictures, so that each is heard of once.

    Attributes:
        known: every picture that was recorded when the watch began.
        since: when the last look was, as the database counts.
    """

    known: list[Known]
    since: int
    _seen: set[tuple[str, ...]] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        self.see(self.known)

    def see(self, pictures: Iterable[Known]) -> None:
        """Don't tell of these again."""
        self._seen.update(_row(*one) for one in pictures)

    def unseen(self, pictures: Iterable[Known]) -> list[Known]:
        """Those of which it has not told yet."""
        return [one for one in pictures if _row(*one) not in self._seen]


def begin_watch(connection: Connection) -> Watch:
    """Look at all pictures, in a transaction that sees one state."""
    since = now(connection)
    return Watch(rows.select_all_files(connection), since)


def arrivals(connection: Connection, watch: Watch) -> list[Known]:
    """What the watch has not seen yet. Nobody else adds pictures until the transaction ends."""
    if connection.dialect.name == "postgresql":  # SQLite's writers are alone anyway
        connection.exec_driver_sql(f"LOCK TABLE {files.name} IN SHARE ROW EXCLUSIVE MODE")
    later = None
    if 0 < watch.since <= now(connection):  # else the vault was empty, or replaced by an older one
        later = _LATER[connection.dialect.name].bindparams(since=watch.since)
    return watch.unseen(rows.select_all_files(connection, later))


def now(connection: Connection) -> int:
    """The number of the next look."""
    return int(connection.scalar(_NOW[connection.dialect.name]) or 0)


def _row(isotope: str, entry: FileEntry) -> tuple[str, ...]:
    return isotope, storable(entry.name), entry.sha256_before, entry.sha256_after
