"""Isotopes and files as rows of the ledger. Nothing here replaces or deletes a row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from itertools import islice
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from isotopes.errors import VaultError
from isotopes.vault.isotope import Isotope, storable
from isotopes.vault.schema import files, isotopes

BATCH = 1000  # rows an INSERT
OPEN_FIELDS = tuple(f.name for f in fields(Isotope) if f.name not in {"root", "salt"})


@dataclass(frozen=True)
class FileEntry:
    """One picture of an isotope's folder.

    Attributes:
        name: relative to the folder, with forward slashes.
        sha256_before, sha256_after: ``sha256:...`` of the file as it was and as it is published.
        marked: whether it carries the mark.
    """

    name: str
    sha256_before: str
    sha256_after: str
    marked: bool


@dataclass(frozen=True)
class IsotopeSummary:
    """What can be shown of an isotope without its key; its fields mean what Isotope's do.

    Attributes:
        files: how many pictures are recorded.
        marked: how many of them carry the mark.
    """

    name: str
    family: str
    family_version: int
    options: dict[str, str]
    alpha: float
    label: str | None
    decoys: int
    plan: dict[str, Any]
    created: str
    commitment: str
    source: str
    files: int
    marked: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def find(connection: Connection, name: str) -> RowMapping | None:
    """The isotope's row."""
    return connection.execute(select(isotopes).where(isotopes.c.name == name)).mappings().first()


def insert_isotope(connection: Connection, isotope: Isotope, secret: bytes) -> bool:
    """Was it new? False where this very isotope is here already.

    Raises:
        VaultError: the name belongs to another isotope, or the isotope has another name here.
    """
    same = isotopes.c.commitment == isotope.commitment
    known = connection.scalar(select(isotopes.c.name).where(same))
    if known is not None and known != isotope.name:
        raise VaultError(f"isotope {isotope.name!r} is in this vault already, as {known!r}")
    if known is None:
        if find(connection, isotope.name) is not None:
            raise VaultError(
                f"another isotope in this vault is called {isotope.name!r}",
                hint="nothing was changed: choose another name",
            )
        values = {name: getattr(isotope, name) for name in OPEN_FIELDS}
        connection.execute(isotopes.insert(), {**values, "secret": secret})
    return known is None


def insert_files(connection: Connection, isotope: str, entries: Iterable[FileEntry]) -> None:
    """Add the entries that are not there yet."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(files).on_conflict_do_nothing()
    rows = ({"isotope": isotope, **asdict(e), "name": storable(e.name)} for e in entries)
    while batch := list(islice(rows, BATCH)):
        connection.execute(statement, batch)


def select_files(connection: Connection, isotope: str) -> list[FileEntry]:
    """The isotope's files by name."""
    columns = (files.c.name, files.c.sha256_before, files.c.sha256_after, files.c.marked)
    chosen = select(*columns).where(files.c.isotope == isotope).order_by(*columns[:3])
    return [FileEntry(**row) for row in connection.execute(chosen).mappings()]


def summaries() -> Select[Any]:
    """The query behind IsotopeSummary, oldest isotope first."""
    counts = (
        select(
            files.c.isotope,
            func.count().label("files"),
            func.sum(case((files.c.marked, 1), else_=0)).label("marked"),
        )
        .group_by(files.c.isotope)
        .subquery()
    )
    return (
        select(
            *(isotopes.c[name] for name in OPEN_FIELDS),
            func.coalesce(counts.c.files, 0).label("files"),
            func.coalesce(counts.c.marked, 0).label("marked"),
        )
        .outerjoin(counts, counts.c.isotope == isotopes.c.name)
        .order_by(isotopes.c.created, isotopes.c.name)
    )
