"""Many isotopes at once, and many writers: in a file, and in a real PostgreSQL server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, create_engine, text

from isotopes.errors import VaultError, VaultUnreachable
from isotopes.vault import FileEntry, Isotope, Vault
from isotopes.vault.storage import bulk
from isotopes.vault.storage.bulk import COPY_FROM

Make = Callable[..., Isotope]
MANY = 2 * COPY_FROM
ENTRY = FileEntry("a.jpg", "sha256:" + "a" * 64, "sha256:" + "b" * 64, True)


@pytest.fixture(params=["file", "postgres"])
def either(request: pytest.FixtureRequest, place: Path) -> Iterator[Vault]:
    where = place if request.param == "file" else request.getfixturevalue("postgres")
    with Vault.create(where, lambda: "hunter2") as vault:
        yield vault


@pytest.fixture
def many(make: Make) -> list[Isotope]:
    # Text that COPY has to escape, and fields that may be missing.
    labels = [None, "tabby", "back\\slash", "\\N", "\\t", "ünï"]
    return [make(f"u{at:04}", label=labels[at % len(labels)]) for at in range(MANY)]


def test_they_come_back_as_they_were(either: Vault, many: list[Isotope]) -> None:
    assert either.merge([(one, [ENTRY]) for one in many]) == [one.name for one in many]
    assert [either.get(one.name) for one in many] == many
    assert [one.files for one in either.summaries()] == [1] * MANY
    assert either.merge([(one, ()) for one in many]) == []


@pytest.mark.parametrize("rows", [COPY_FROM, 1])
def test_a_connection_lost_while_rows_are_written_loses_nothing_else(
    postgres: str, many: list[Isotope], rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end_connections(*_: object) -> None:
        monkeypatch.undo()
        engine = create_engine(postgres.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        engine.dispose()

    class Ending:
        dumps = staticmethod(end_connections)

    def end_and_insert(connection: Connection, table: Table) -> object:
        end_connections()
        return bulk.insert_missing(connection, table)

    with Vault.create(postgres, lambda: "hunter2") as vault:
        monkeypatch.setattr(bulk, "json", Ending)
        monkeypatch.setattr(bulk, "insert_missing", end_and_insert)
        with pytest.raises(VaultUnreachable, match="can't be used"):
            vault.merge([(one, ()) for one in many[:rows]])
        assert vault.names() == []
        assert len(vault.merge([(one, ()) for one in many[:rows]])) == rows


def test_more_names_than_a_statement_takes(either: Vault, make: Make) -> None:
    either.add(make("ann"))
    asked = ["ann", *(f"u{at}" for at in range(70_000))]
    assert either.names_among(asked) == {"ann"}


def test_all_or_none(either: Vault, many: list[Isotope], make: Make) -> None:
    either.add(make(many[150].name))
    with pytest.raises(VaultError, match="another isotope in this vault is called 'u0150'"):
        either.merge([(one, ()) for one in many])
    assert either.names() == ["u0150"]
    with pytest.raises(VaultError, match="another isotope in this vault is called 'twice'"):
        either.merge([(make("twice"), ()), (make("twice"), ())])


def test_some_are_here_already_under_another_name(either: Vault, many: list[Isotope]) -> None:
    either.merge([(one, ()) for one in many[:5]])
    either.rename(many[0].name, "renamed")
    new = either.merge([(one, [ENTRY]) for one in many])
    assert set(new) == {one.name for one in many[5:]}
    assert either.files("renamed") == [ENTRY]


def test_a_writer_on_postgres_doesn_t_wait_for_another(postgres: str, make: Make) -> None:
    with Vault.create(postgres, lambda: "hunter2") as vault:
        vault.add(make("first"))
        inside, leave = threading.Event(), threading.Event()

        def slow() -> Iterator[FileEntry]:
            yield ENTRY
            inside.set()
            assert leave.wait(30)

        writer = threading.Thread(target=vault.record_files, args=("first", slow()))
        writer.start()
        assert inside.wait(30)
        vault.add(make("second"))  # would wait for ever if there were one lock
        sealing = threading.Thread(target=vault.set_passphrase, args=(lambda: "new",))
        sealing.start()
        sealing.join(0.5)
        assert sealing.is_alive()  # whoever changes the sealing waits for those who rely on it
        leave.set()
        writer.join(30)
        sealing.join(30)
        assert vault.files("first") == [ENTRY]
    with Vault.open(postgres, lambda: "new") as vault:
        assert vault.get("second").name == "second"


def test_of_two_writers_of_one_name_one_is_told(postgres: str, make: Make) -> None:
    with Vault.create(postgres, lambda: "hunter2") as vault:
        vault.unlock()
        told: list[str] = []

        def add() -> None:
            try:
                vault.add(make("ann"))
            except VaultError as error:
                told.append(str(error))

        threads = [threading.Thread(target=add) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert told == ["another isotope in this vault is called 'ann'"] * 5
        assert vault.names() == ["ann"]


def test_connections_that_the_server_closed_are_replaced(
    postgres: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isotopes.vault.storage.engine.TRUSTED_SECONDS", 0.0)
    with Vault.create(postgres) as vault:
        vault.add(make())
        engine = create_engine(postgres.replace("postgresql", "postgresql+psycopg"))
        with engine.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        engine.dispose()
        assert vault.names() == ["holiday"]
