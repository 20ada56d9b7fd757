"""Isotopes and files as rows of the ledger. No row is deleted, and only gaps are filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    TextClause,
    bindparam,
    case,
    func,
    select,
    update,
)

from isotopes.errors import VaultError
from isotopes.hints import nearest
from isotopes.vault.isotope import Isotope
from isotopes.vault.storage.bulk import insert_missing, insert_new
from isotopes.vault.storage.location import Location
from isotopes.vault.storage.schema import files, isotopes, meta, stamps
from isotopes.vault.storage.stored import FileEntry, believed
from isotopes.vault.terms import clean_name, storable

T = TypeVar("T")
BATCH = 1000  # rows an INSERT
BULK = 10_000  # isotopes or names a statement; SQLite takes 32,766 parameters
OPEN_FIELDS = tuple(f.name for f in fields(Isotope) if f.name not in {"root", "salt"})
_META = ("schema_version", "vault_id", "created", "sealing")
_LOOK_UP = select(
    isotopes,
    *(
        select(meta.c.value).where(meta.c.key == key).scalar_subquery().label(f"meta_{key}")
        for key in _META
    ),
).where(isotopes.c.name == bindparam("wanted"))


def select_names(connection: Connection) -> list[str]:
    """All names, oldest isotope first."""
    chosen = select(isotopes.c.name).order_by(isotopes.c.created, isotopes.c.name)
    return believed(list[str], list(connection.scalars(chosen)))


def select_names_among(connection: Connection, wanted: Iterable[str]) -> set[str]:
    """Which of these names are taken."""
    found: set[str] = set()
    for batch in _batches(wanted, BULK):
        chosen = select(isotopes.c.name).where(isotopes.c.name.in_(batch))
        found |= believed(set[str], set(connection.scalars(chosen)))
    return found


def find(connection: Connection, name: str, *, keep_name: bool = False) -> RowMapping | None:
    """The isotope's row.

    Args:
        keep_name: whether nobody may rename it until this transaction ends.
    """
    chosen = select(isotopes).where(isotopes.c.name == name)
    if keep_name:
        chosen = chosen.with_for_update(read=True, key_share=True)
    return connection.execute(chosen).mappings().first()


def look_up(connection: Connection, name: str) -> tuple[RowMapping, dict[str, str]] | None:
    """The isotope's row and what the vault says of itself, in one statement; None if not there."""
    row = connection.execute(_LOOK_UP, {"wanted": name}).mappings().first()
    return None if row is None else (row, {key: row[f"meta_{key}"] for key in _META})


def insert_isotopes(
    connection: Connection, sealed: Sequence[tuple[Isotope, bytes]]
) -> dict[str, str]:
    """Keep those that are not here yet; the names of the others in the vault, by commitment.

    Of one that is here already, a beacon that wasn't known is added.

    Args:
        sealed: isotopes with their secrets as they are to be stored.

    Raises:
        VaultError: a name belongs to another isotope, or a beacon is another one.
    """
    known: dict[str, str] = {}
    # In order of names, so that no two writers wait for each other in a circle.
    for batch in _batches(sorted(sealed, key=lambda pair: pair[0].name), BULK):
        by_commitment = {isotope.commitment: (isotope, secret) for isotope, secret in batch}
        here = _select_known(connection, list(by_commitment))
        for commitment, (name, beacon) in here.items():
            known[commitment] = name
            wanted = by_commitment.pop(commitment)[0].beacon
            if wanted is not None and wanted != beacon:
                set_beacon(connection, name, wanted)
        new = [
            {name: getattr(isotope, name) for name in OPEN_FIELDS} | {"secret": secret}
            for isotope, secret in by_commitment.values()
        ]
        insert_new(connection, isotopes, new)
        kept = _select_known(connection, list(by_commitment))
        taken = next((one for one in by_commitment if one not in kept), None)
        if taken is not None:
            raise name_taken(by_commitment[taken][0].name)
    return known


def _select_known(
    connection: Connection, commitments: Sequence[str]
) -> dict[str, tuple[str, str | None]]:
    """Name and beacon of those isotopes that are here, by commitment."""
    columns = isotopes.c.commitment, isotopes.c.name, isotopes.c.beacon
    chosen = select(*columns).where(isotopes.c.commitment.in_(commitments))
    return {row.commitment: (str(row.name), row.beacon) for row in connection.execute(chosen)}


def name_taken(name: str) -> VaultError:
    """The error of a name that another isotope has."""
    return VaultError(
        f"another isotope in this vault is called {name!r}",
        hint="nothing was changed: choose another name, or rename that one (`vault rename`)",
    )


def set_beacon(connection: Connection, name: str, value: str) -> None:
    """Note the beacon of an isotope that has none yet.

    Raises:
        VaultError: it has another one.
    """
    chosen = isotopes.c.name == name
    empty = chosen & isotopes.c.beacon.is_(None)
    connection.execute(update(isotopes).where(empty).values(beacon=value))
    if connection.scalar(select(isotopes.c.beacon).where(chosen)) != value:
        raise VaultError(f"isotope {name!r} has its beacon already, and this is another value")


def insert_files(connection: Connection, isotope: str, entries: Iterable[FileEntry]) -> None:
    """Add the entries that are not there yet."""
    made = ({"isotope": isotope, **asdict(e), "name": storable(e.name)} for e in entries)
    for batch in _batches(made, BATCH):
        connection.execute(insert_missing(connection, files), batch)


def insert_stamp(connection: Connection, digest: str, token: bytes, authority: str) -> None:
    """Keep a time stamp, if it is not there yet."""
    row = {"digest": digest, "token": token, "authority": authority}
    connection.execute(insert_missing(connection, stamps), row)


def select_stamps(connection: Connection, digest: str) -> list[tuple[bytes, str]]:
    """Tokens and authorities' addresses."""
    chosen = select(stamps.c.token, stamps.c.authority).where(stamps.c.digest == digest)
    found = [(row.token, row.authority) for row in connection.execute(chosen)]
    return believed(list[tuple[bytes, str]], found)


def select_files(connection: Connection, isotope: str) -> list[FileEntry]:
    """The isotope's files by name."""
    columns = [files.c[f.name] for f in fields(FileEntry)]
    chosen = select(*columns).where(files.c.isotope == isotope).order_by(*columns[:3])
    return [believed(FileEntry, row) for row in connection.execute(chosen).mappings()]


def find_files(connection: Connection, isotope: str, digest: str) -> list[FileEntry]:
    """The isotope's files that had this hash before or after."""
    same = (files.c.sha256_before == digest) | (files.c.sha256_after == digest)
    columns = [files.c[f.name] for f in fields(FileEntry)]
    chosen = select(*columns).where(files.c.isotope == isotope, same)
    return [believed(FileEntry, row) for row in connection.execute(chosen).mappings()]


def select_all_files(
    connection: Connection, where: TextClause | None = None
) -> list[tuple[str, FileEntry]]:
    """The files of all isotopes, or those `where` this holds, each with its isotope's name."""
    columns = [files.c[f.name] for f in fields(FileEntry)]
    chosen = select(files.c.isotope, *columns).order_by(files.c.isotope, *columns[:3])
    if where is not None:
        chosen = chosen.where(where)
    found = connection.execute(chosen).mappings()
    return [(str(row["isotope"]), believed(FileEntry, row)) for row in found]


def summaries() -> Select[Any]:
    """The query behind IsotopeSummary, oldest isotope first."""
    # A picture counts once however often it was published: same pixels, or else same bytes.
    picture = case((files.c.pixels != "", files.c.pixels), else_=files.c.sha256_before)
    counts = (
        select(
            files.c.isotope,
            func.count(picture.distinct()).label("files"),
            func.count(case((files.c.marked, picture)).distinct()).label("marked"),
            func.max(files.c.added).label("last_added"),
        )
        .group_by(files.c.isotope)
        .subquery()
    )
    return (
        select(
            *(isotopes.c[name] for name in OPEN_FIELDS),
            func.coalesce(counts.c.files, 0).label("files"),
            func.coalesce(counts.c.marked, 0).label("marked"),
            func.coalesce(counts.c.last_added, "").label("last_added"),
        )
        .outerjoin(counts, counts.c.isotope == isotopes.c.name)
        .order_by(isotopes.c.created, isotopes.c.name)
    )


def get(
    connection: Connection, location: Location, name: str, *, keep_name: bool = False
) -> RowMapping:
    """The isotope's row.

    Args:
        keep_name: as in `find`.

    Raises:
        VaultError: no isotope has that name.
    """
    row = find(connection, clean_name(name), keep_name=keep_name)
    if row is None:
        raise VaultError(
            f"no isotope is called {name!r} in {location}",
            hint=_what_was_meant(name, select_names(connection)),
        )
    return row


def _what_was_meant(name: str, known: Sequence[str]) -> str:
    if not known:
        return (
            "the vault is empty: `isotopes mark` makes one, `isotopes vault restore` brings"
            " a backup"
        )
    near = nearest(name, known)
    meant = "" if near is None else f"did you mean {near!r}? "
    return f"{meant}`isotopes vault list` shows all names"


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch
