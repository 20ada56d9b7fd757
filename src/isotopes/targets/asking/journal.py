"""The query journal: every answer is on disk before anybody uses it, so nothing is paid twice.

One SQLite file, through the standard library's `sqlite3`: SQLAlchemy Core takes twice as long for a
batch of look-ups and seven times for one, and no other database is wanted on a person's machine.

An answer is kept under (source, picture): the source is a hash of the target's identity and of the
request settings, the picture a hash of its shape and pixels. The file holds hashes, labels and
scores: no picture, address or credential. Its mode is 0600, because the order and number of
queries tell what is tested.

Durability. Write-ahead log; each batch is one transaction. What a commit wrote survives the death
of the process, so `kill -9` at any moment loses only answers that were still on their way. A power
cut could take more, so the log is also forced to the disk at the first commit after each second:
that bounds the loss to a second's answers, where forcing every commit (4 ms on an ordinary SSD)
would hold fifty concurrent requests to a fraction of their speed. No crash can corrupt the file.

Threads that store at the same moment share one transaction, and threads that look up one look-up:
fifty requests that come back together cost little more than one.

With the answers lie the canary's sightings, each with how far the answers had come when its look
began: later ones it doesn't watch over. Each journal has a random identity, by which answers that
are kept elsewhere as well, in the file of `--keep`, name the one whose canary watched over them.

Several processes on one machine may share it. Two that ask the same picture in the same moment may
both pay; the first answer stored is the one that both then use.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from platformdirs import user_data_path

from isotopes.canonical import canonical_json, digest_of
from isotopes.errors import JournalError
from isotopes.targets.answer import Answer, Form, pack, unpack
from isotopes.targets.asking.drift import Sighting
from isotopes.targets.asking.group_commit import Job, Together
from isotopes.targets.scores import Completeness, Scores

_APPLICATION = 0x49534F51  # "ISOQ": tells a journal from any other SQLite file
_VERSION = 2
_SYNC_SECONDS = 1.0
_WAIT_SECONDS = 60.0  # for another process that is writing
_LOG_PAGES = 10_000  # 40 MB: the index is written where the hashes fall, so fewer, larger merges
_AT_ONCE = 500  # look-ups in one statement; old SQLite allows 999 parameters

_SCHEMA = (
    "CREATE TABLE sources (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE)",
    "CREATE TABLE forms (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE,"
    " labels TEXT NOT NULL, completeness TEXT NOT NULL, cut REAL)",
    # The scores lie in the order they came; only the narrow index is in the order of the hashes.
    "CREATE TABLE answers (id INTEGER PRIMARY KEY, source INTEGER NOT NULL,"
    " picture BLOB NOT NULL, form INTEGER NOT NULL, scores BLOB NOT NULL,"
    " UNIQUE (source, picture))",
    "CREATE TABLE sightings (id INTEGER PRIMARY KEY, source INTEGER NOT NULL,"
    " canary BLOB NOT NULL, begun INTEGER NOT NULL, version TEXT, form INTEGER NOT NULL,"
    " scores BLOB NOT NULL)",
    "CREATE TABLE journal (identity TEXT NOT NULL)",
    "INSERT INTO journal VALUES (lower(hex(randomblob(16))))",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {_VERSION}",
)


ENVIRONMENT = "ISOTOPES_JOURNAL"


def default_journal_path() -> Path:
    """Where the journal lies unless somebody says otherwise: $ISOTOPES_JOURNAL, else the platform's
    data folder."""
    given = os.environ.get(ENVIRONMENT)
    return Path(given) if given else user_data_path("isotopes") / "queries.sqlite"


class _Question(Job):
    """Pictures whose answers are looked for, by digest."""

    def __init__(self, source: int, pictures: Sequence[bytes]) -> None:
        super().__init__()
        self.source, self.pictures = source, pictures
        self.found: dict[bytes, Answer] = {}


class _Batch(Job):
    """Answers on their way to the disk: each picture's digest with its packed scores."""

    def __init__(self, source: int, form: Form, rows: list[tuple[bytes, bytes]]) -> None:
        super().__init__()
        self.source, self.form, self.rows = source, form, rows
        self.inserted = 0  # how many rows were new


class Journal:
    """Answers kept on disk; safe to share between threads and between processes.

    Attributes:
        path: where it lies.
        identity: drawn when it was made; no other journal has it.

    >>> scores = Scores(("cat", "dog"), np.array([[0.8, 0.2]]))
    >>> with Journal(Path("queries.sqlite")) as journal:
    ...     source = journal.source("sha256 of a target")
    ...     journal.store(source, [b"digest of a picture"], scores)
    True
    """

    def __init__(self, path: Path) -> None:
        """Open the journal at `path`; a new one, readable by its owner only, where none is.

        Raises:
            JournalError: not a journal, a journal of another version, or no access to it.
        """
        self.path = path
        self._lock = threading.RLock()
        self._forms: dict[int, Form] = {}
        self._form_ids: dict[Form, int] = {}  # of those that a transaction wrote
        self._look_ups = Together(self._find)
        self._stores = Together(self._insert)
        self._synced = -_SYNC_SECONDS
        self._synchronous: bool | None = None  # whether commits are forced to the disk
        with self._told_as_journal_error():
            _create_private(path)
            self._connection = sqlite3.connect(
                path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
                found = self._connection.execute("SELECT identity FROM journal").fetchone()
                self.identity = str(found[0])
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """How many answers are kept."""
        with self._lock, self._told_as_journal_error():
            (count,) = self._connection.execute("SELECT count(*) FROM answers").fetchone()
            return int(count)

    def source(self, identity: str, settings: Mapping[str, str] | None = None) -> int:
        """The number under which answers of this target, asked with these settings, are kept.

        Args:
            identity: `Target.identity()`.
            settings: whatever in the request changes the answer, and, for a run that must not
                reuse an earlier one's answers, that run's name. Kept only as part of a hash.
        """
        digest = digest_of({"identity": identity, "settings": dict(settings or {})})
        with self._writing() as write:
            write.execute("INSERT OR IGNORE INTO sources (digest) VALUES (?)", [digest])
            (found,) = write.execute("SELECT id FROM sources WHERE digest = ?", [digest]).fetchone()
            return int(found)

    def answered(self, source: int) -> int:
        """How many answers of this source are kept."""
        with self._lock, self._told_as_journal_error():
            (count,) = self._connection.execute(
                "SELECT count(*) FROM answers WHERE source = ?", [source]
            ).fetchone()
            return int(count)

    def look_up(self, source: int, pictures: Sequence[bytes]) -> dict[bytes, Answer]:
        """The answers there are to these pictures, by `picture_digest`; absent ones left out."""
        return self._look_ups.do(_Question(source, pictures)).found

    def _find(self, questions: Sequence[_Question]) -> None:
        with self._lock, self._told_as_journal_error():
            for source, some in _by_source(questions).items():
                answers = self._answers(source, [one for each in some for one in each.pictures])
                for question in some:
                    question.found = {
                        picture: answers[picture]
                        for picture in question.pictures
                        if picture in answers
                    }

    def _answers(self, source: int, pictures: Sequence[bytes]) -> dict[bytes, Answer]:
        found: dict[bytes, Answer] = {}
        for start in range(0, len(pictures), _AT_ONCE):
            some = pictures[start : start + _AT_ONCE]
            rows = self._connection.execute(
                "SELECT picture, form, scores FROM answers WHERE source = ?"
                f" AND picture IN ({','.join('?' * len(some))})",
                [source, *some],
            )
            for picture, form_id, blob in rows.fetchall():
                form = self._form(form_id)
                found[picture] = Answer(form, unpack(blob, len(form.labels)))
        return found

    def store(self, source: int, pictures: Sequence[bytes], scores: Scores) -> bool:
        """Keep a batch of answers, row i to picture i; returns when they are on disk.

        An answer that is already there stays as it is: what was used once is never changed. Then
        the result is False, and `look_up` tells which answers count.

        Raises:
            JournalError: they can't be written: disk full, locked for a minute, damaged.
        """
        rows = list(zip(pictures, pack(scores.values), strict=True))
        batch = self._stores.do(_Batch(source, Form.of(scores), rows))
        return batch.inserted == len(rows)

    def _insert(self, batches: Sequence[_Batch]) -> None:
        with self._writing() as write:
            done = [self._insert_one(write, batch) for batch in batches]
        for batch, (form_id, inserted) in zip(batches, done, strict=True):
            self._form_ids[batch.form] = form_id
            batch.inserted = inserted

    def _insert_one(self, write: sqlite3.Connection, batch: _Batch) -> tuple[int, int]:
        """The number of the batch's form, and how many of its rows were new."""
        number = self._form_ids.get(batch.form) or self._form_id(write, batch.form)
        found = write.executemany(
            "INSERT OR IGNORE INTO answers (source, picture, form, scores) VALUES (?, ?, ?, ?)",
            [(batch.source, picture, number, packed) for picture, packed in batch.rows],
        )
        return number, found.rowcount

    def sightings(self, source: int, canary: bytes) -> list[Sighting]:
        """All answers that the canary got from this source, in all runs, oldest first."""
        with self._lock, self._told_as_journal_error():
            rows = self._connection.execute(
                "SELECT version, form, scores FROM sightings"
                " WHERE source = ? AND canary = ? ORDER BY id",
                [source, canary],
            ).fetchall()
            return [self._sighting(*row) for row in rows]

    def moment(self) -> int:
        """How far the answers have come: a number that those to come will exceed."""
        with self._lock, self._told_as_journal_error():
            (last,) = self._connection.execute("SELECT max(id) FROM answers").fetchone()
            return int(last or 0)

    def unwatched(self, source: int, canary: bytes) -> bool:
        """Whether an answer of this source came after the canary's last look at it had begun."""
        with self._lock, self._told_as_journal_error():
            (found,) = self._connection.execute(
                "SELECT EXISTS (SELECT 1 FROM answers WHERE source = ? AND id >"
                " (SELECT ifnull(max(begun), 0) FROM sightings WHERE source = ? AND canary = ?))",
                [source, source, canary],
            ).fetchone()
            return bool(found)

    def add_sighting(self, source: int, canary: bytes, sighting: Sighting, begun: int) -> None:
        """Keep one more answer that the canary got; `begun` is the `moment` before it was asked."""
        scores = sighting.scores
        with self._writing() as write:
            write.execute(
                "INSERT INTO sightings (source, canary, begun, version, form, scores)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    source,
                    canary,
                    begun,
                    sighting.version,
                    self._form_id(write, Form.of(scores)),
                    scores.values.astype("<f8").tobytes(),
                ),
            )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock, self._told_as_journal_error():
            self._connection.close()

    def _prepare(self) -> None:
        if self._pragma("application_id") == 0:
            with self._writing() as write:
                # Inside the transaction: another process may have made the tables just now.
                tables = write.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
                for statement in _SCHEMA if tables == 0 else ():
                    write.execute(statement)
        if self._pragma("application_id") != _APPLICATION:
            raise JournalError(
                f"{self.path} is not a query journal", hint="name another file for the journal"
            )
        version = self._pragma("user_version")
        if version != _VERSION:
            raise JournalError(
                f"query journal {self.path} must be version {_VERSION}, got {version}",
                hint="use the release of isotopes that wrote it, or name another file",
            )
        self._use_write_ahead_log()
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")

    def _use_write_ahead_log(self) -> None:
        # SQLite does not wait by itself where two processes switch a new file at the same moment.
        give_up = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                    raise
                time.sleep(0.01)
            else:
                return

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    def _sighting(self, version: str | None, form_id: int, blob: bytes) -> Sighting:
        form = self._form(form_id)
        values = np.frombuffer(blob, "<f8").reshape(-1, len(form.labels)).astype(np.float64)
        return Sighting(version, Scores(form.labels, values, form.completeness, form.limit))

    def _form(self, form_id: int) -> Form:
        if form_id not in self._forms:
            labels, completeness, cut = self._connection.execute(
                "SELECT labels, completeness, cut FROM forms WHERE id = ?", [form_id]
            ).fetchone()
            self._forms[form_id] = Form(tuple(json.loads(labels)), Completeness(completeness), cut)
        return self._forms[form_id]

    @staticmethod
    def _form_id(write: sqlite3.Connection, form: Form) -> int:
        labels = canonical_json(form.labels).decode()
        digest = digest_of([labels, form.completeness, form.limit])
        write.execute(
            "INSERT OR IGNORE INTO forms (digest, labels, completeness, cut) VALUES (?, ?, ?, ?)",
            (digest, labels, form.completeness.value, form.limit),
        )
        (found,) = write.execute("SELECT id FROM forms WHERE digest = ?", [digest]).fetchone()
        return int(found)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is kept or nothing."""
        with self._lock, self._told_as_journal_error():
            now = time.monotonic()
            due = now - self._synced >= _SYNC_SECONDS
            if due != self._synchronous:
                self._connection.execute(f"PRAGMA synchronous = {'FULL' if due else 'NORMAL'}")
                self._synchronous = due
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            if due:
                self._synced = now

    @contextmanager
    def _told_as_journal_error(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"query journal {self.path} can't be used: {error}",
                hint="every answer stored so far is kept; look at the disk, then run it again",
            ) from error


def _by_source(questions: Iterable[_Question]) -> dict[int, list[_Question]]:
    found: dict[int, list[_Question]] = {}
    for question in questions:
        found.setdefault(question.source, []).append(question)
    return found


def _create_private(path: Path) -> None:
    """An empty file of mode 0600, before SQLite would make one that others can read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
