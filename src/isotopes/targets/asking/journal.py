"""The query journal: every answer is on disk before anybody uses it, so nothing is paid twice.

One SQLite file, through the standard library's `sqlite3`: SQLAlchemy Core takes twice as long for a
batch of look-ups and seven times as long for one, and nobody wants another database for this.

An answer is kept under (source, picture). The source is a hash of the target's identity and the
request settings, the picture a hash of its shape and pixels. The file holds hashes, labels and
scores, but no picture, address or credential. Its mode is 0600, because the order and number of
queries show what is tested.

Threads that store at the same moment share one transaction, and threads that look up share one
look-up: fifty requests that come back together cost little more than one.

The canary's readings lie beside the answers, each with the position that the answers had reached
when it began: it doesn't vouch for later ones. Each journal has a random identity. Answers that are
also kept elsewhere (in the file of `--keep`) name the journal whose canary vouched for them.

Several processes on one machine may share a journal. If two ask the same picture in the same
moment, both may pay; both then use the answer that was stored first.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from platformdirs import user_data_path

from isotopes.canonical import canonical_json, digest_of
from isotopes.closing import Closing
from isotopes.targets.answer import Answer, AnswerHeader, pack, unpack
from isotopes.targets.asking.drift import CanaryReading
from isotopes.targets.asking.group_commit import GroupCommit, QueuedRequest
from isotopes.targets.asking.journal_file import JournalFile
from isotopes.targets.scores import Completeness, Scores

_AT_ONCE = 500  # look-ups in one statement; old SQLite allows 999 parameters
ENVIRONMENT = "ISOTOPES_JOURNAL"


def default_journal_path() -> Path:
    """The usual place: $ISOTOPES_JOURNAL, or else the platform's data folder."""
    given = os.environ.get(ENVIRONMENT)
    return Path(given) if given else user_data_path("isotopes") / "queries.sqlite"


class _LookUp(QueuedRequest):
    """Pictures whose answers are wanted, by digest."""

    def __init__(self, source: int, pictures: Sequence[bytes]) -> None:
        super().__init__()
        self.source, self.pictures = source, pictures
        self.answers: dict[bytes, Answer] = {}


class _Batch(QueuedRequest):
    """Answers on their way to the disk: each picture's digest with its packed scores."""

    def __init__(self, source: int, header: AnswerHeader, rows: list[tuple[bytes, bytes]]) -> None:
        super().__init__()
        self.source, self.header, self.rows = source, header, rows
        self.inserted = 0  # how many rows were new


class QueryJournal(Closing):
    """Answers kept on disk. Threads and processes may share it.

    Attributes:
        path: of the file.
        file: its SQLite connection.
        identity: drawn when the journal was created; no other journal has it.

    >>> scores = Scores(("cat", "dog"), np.array([[0.8, 0.2]]))
    >>> with QueryJournal(Path("queries.sqlite")) as journal:
    ...     source = journal.source("sha256 of a target")
    ...     journal.store(source, [b"digest of a picture"], scores)
    True
    """

    def __init__(self, path: Path) -> None:
        """Open the journal at `path`; create one, readable only by its owner, if there is none.

        Raises:
            JournalError: not a journal, a journal of another version, or no access to it.
        """
        self.path = path
        self.file = JournalFile(path)
        self._headers: dict[int, AnswerHeader] = {}
        self._header_ids: dict[AnswerHeader, int] = {}  # of committed transactions
        self._look_ups = GroupCommit(self._find)
        self._stores = GroupCommit(self._insert)
        with self.file.reading() as read:
            self.identity = str(read.execute("SELECT identity FROM journal").fetchone()[0])

    def __len__(self) -> int:
        """How many answers are kept."""
        with self.file.reading() as read:
            return int(read.execute("SELECT count(*) FROM answers").fetchone()[0])

    def source(self, identity: str, settings: Mapping[str, str] | None = None) -> int:
        """The number under which answers of this target, asked with these settings, are kept.

        Args:
            identity: `Target.identity()`.
            settings: whatever in the request changes the answer; for a run that must not reuse
                earlier answers, a name of that run. Only a hash of it is kept.
        """
        digest = digest_of({"identity": identity, "settings": dict(settings or {})})
        with self.file.writing() as write:
            write.execute("INSERT OR IGNORE INTO sources (digest) VALUES (?)", [digest])
            row = write.execute("SELECT id FROM sources WHERE digest = ?", [digest]).fetchone()
            return int(row[0])

    def answered(self, source: int) -> int:
        """How many answers of this source are kept."""
        with self.file.reading() as read:
            count = read.execute("SELECT count(*) FROM answers WHERE source = ?", [source])
            return int(count.fetchone()[0])

    def look_up(self, source: int, pictures: Sequence[bytes]) -> dict[bytes, Answer]:
        """The kept answers to these pictures, by `picture_digest`; absent ones are left out."""
        return self._look_ups.do(_LookUp(source, pictures)).answers

    def _find(self, look_ups: Sequence[_LookUp]) -> None:
        with self.file.reading() as read:
            for source, group in _by_source(look_ups).items():
                wanted = [picture for one in group for picture in one.pictures]
                answers = self._answers(read, source, wanted)
                for one in group:
                    one.answers = {key: answers[key] for key in one.pictures if key in answers}

    def _answers(
        self, read: sqlite3.Connection, source: int, pictures: Sequence[bytes]
    ) -> dict[bytes, Answer]:
        answers: dict[bytes, Answer] = {}
        for start in range(0, len(pictures), _AT_ONCE):
            some = pictures[start : start + _AT_ONCE]
            rows = read.execute(
                "SELECT picture, header, scores FROM answers WHERE source = ?"
                f" AND picture IN ({','.join('?' * len(some))})",
                [source, *some],
            )
            for picture, header_id, blob in rows.fetchall():
                header = self._header(read, header_id)
                answers[picture] = Answer(header, unpack(blob, len(header.labels)))
        return answers

    def store(self, source: int, pictures: Sequence[bytes], scores: Scores) -> bool:
        """Keep a batch of answers, row i for picture i; returns when they are on disk.

        An answer that is already kept stays, because it may have been used. Then the result is
        False, and `look_up` returns the answers that count.

        Raises:
            JournalError: they can't be written: disk full, locked for a minute, damaged.
        """
        rows = list(zip(pictures, pack(scores.values), strict=True))
        batch = self._stores.do(_Batch(source, AnswerHeader.of(scores), rows))
        return batch.inserted == len(rows)

    def _insert(self, batches: Sequence[_Batch]) -> None:
        with self.file.writing() as write:
            results = [self._insert_one(write, batch) for batch in batches]
        for batch, (header_id, inserted) in zip(batches, results, strict=True):
            self._header_ids[batch.header] = header_id
            batch.inserted = inserted

    def _insert_one(self, write: sqlite3.Connection, batch: _Batch) -> tuple[int, int]:
        """The number of the batch's header, and how many of its rows were new."""
        header = self._header_ids.get(batch.header) or _header_id(write, batch.header)
        result = write.executemany(
            "INSERT OR IGNORE INTO answers (source, picture, header, scores) VALUES (?, ?, ?, ?)",
            [(batch.source, picture, header, packed) for picture, packed in batch.rows],
        )
        return header, result.rowcount

    def readings(self, source: int, canary: bytes) -> list[CanaryReading]:
        """All readings of this canary at this source, from all runs, oldest first."""
        with self.file.reading() as read:
            rows = read.execute(
                "SELECT version, header, scores FROM readings"
                " WHERE source = ? AND canary = ? ORDER BY id",
                [source, canary],
            ).fetchall()
            return [self._reading(read, *row) for row in rows]

    def position(self) -> int:
        """The position that the answers have reached: a number that every later answer exceeds."""
        with self.file.reading() as read:
            return int(read.execute("SELECT max(id) FROM answers").fetchone()[0] or 0)

    def has_unconfirmed(self, source: int, canary: bytes) -> bool:
        """Whether an answer of this source came after the canary's last reading had begun."""
        with self.file.reading() as read:
            row = read.execute(
                "SELECT EXISTS (SELECT 1 FROM answers WHERE source = ? AND id >"
                " (SELECT ifnull(max(position), 0) FROM readings"
                " WHERE source = ? AND canary = ?))",
                [source, source, canary],
            ).fetchone()
            return bool(row[0])

    def add_reading(
        self, source: int, canary: bytes, reading: CanaryReading, position: int
    ) -> None:
        """Keep one more reading; `position` was taken just before it was asked."""
        scores = reading.scores
        with self.file.writing() as write:
            header = _header_id(write, AnswerHeader.of(scores))
            values = scores.values.astype("<f8").tobytes()
            write.execute(
                "INSERT INTO readings (source, canary, position, version, header, scores)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (source, canary, position, reading.version, header, values),
            )

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def _reading(
        self, read: sqlite3.Connection, version: str | None, header_id: int, blob: bytes
    ) -> CanaryReading:
        header = self._header(read, header_id)
        values = np.frombuffer(blob, "<f8").reshape(-1, len(header.labels)).astype(np.float64)
        scores = Scores(header.labels, values, header.completeness, header.limit)
        return CanaryReading(version, scores)

    def _header(self, read: sqlite3.Connection, header_id: int) -> AnswerHeader:
        if header_id not in self._headers:
            labels, completeness, cut = read.execute(
                "SELECT labels, completeness, cut FROM headers WHERE id = ?", [header_id]
            ).fetchone()
            header = AnswerHeader(tuple(json.loads(labels)), Completeness(completeness), cut)
            self._headers[header_id] = header
        return self._headers[header_id]


def _header_id(write: sqlite3.Connection, header: AnswerHeader) -> int:
    labels = canonical_json(header.labels).decode()
    digest = digest_of([labels, header.completeness, header.limit])
    write.execute(
        "INSERT OR IGNORE INTO headers (digest, labels, completeness, cut) VALUES (?, ?, ?, ?)",
        (digest, labels, header.completeness.value, header.limit),
    )
    row = write.execute("SELECT id FROM headers WHERE digest = ?", [digest]).fetchone()
    return int(row[0])


def _by_source(look_ups: Iterable[_LookUp]) -> dict[int, list[_LookUp]]:
    groups: dict[int, list[_LookUp]] = {}
    for one in look_ups:
        groups.setdefault(one.source, []).append(one)
    return groups
