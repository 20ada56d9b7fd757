from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path

import content_target
import numpy as np
import pytest
from content_target import LABELS, ContentTarget, answer_to, pictures
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.errors import AnswerError, JournalError
from isotopes.targets import Completeness, Picture, Scores
from isotopes.targets.answer import picture_digest
from isotopes.targets.asking.drift import CanaryReading
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.asking.journaled import Journaled
from isotopes.targets.gate import OPEN, Gate

POOL = pictures(12)
BATCHES = st.lists(st.lists(st.sampled_from(range(12)), min_size=1, max_size=8), max_size=6)


def wanted(batch: list[Picture]) -> np.ndarray:
    return np.stack([answer_to(picture) for picture in batch])


@settings(deadline=None, max_examples=40)
@given(BATCHES, st.integers(0, 5))
def test_answers_are_bit_identical_in_order_and_asked_once(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]], interrupted_after: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "queries.sqlite"
    target = ContentTarget()
    for part in (batches[:interrupted_after], batches):
        with QueryJournal(path) as journal:
            journaled = Journaled(target, journal)
            for batch in part:
                some = [POOL[index] for index in batch]
                scores = journaled.ask(some)
                assert scores.labels == LABELS
                assert scores.values.tobytes() == wanted(some).tobytes()
    assert len(target.asked) == len({index for batch in batches for index in batch})


def test_incomplete_answers_come_back_as_they_were(tmp_path: Path) -> None:
    class TopTwo(ContentTarget):
        def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
            values = super().ask(pictures, gate).values
            hidden = np.sort(values)[:, [-3]] >= values
            return Scores(LABELS, np.where(hidden, np.nan, values), Completeness.TOP_K, 2)

    with QueryJournal(tmp_path / "q.sqlite") as journal:
        asked = Journaled(TopTwo(), journal).ask(POOL)
        again = Journaled(ContentTarget(), journal).ask(POOL)
    assert asked.completeness is again.completeness is Completeness.TOP_K
    assert asked.limit == again.limit == 2
    assert (~np.isnan(again.values)).sum(axis=1).tolist() == [2] * 12
    np.testing.assert_array_equal(again.values, asked.values)


def test_pictures_that_come_as_one_array_are_asked_as_one(tmp_path: Path) -> None:
    class TakesArrays(ContentTarget):
        def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
            assert isinstance(pictures, np.ndarray)
            return super().ask(pictures, gate)

    with QueryJournal(tmp_path / "q.sqlite") as journal:
        journaled = Journaled(TakesArrays(), journal)
        for rows in ([4, 2, 2], [1, 2, 3, 4, 1]):
            array = np.stack([POOL[row] for row in rows])
            assert journaled.ask(array).values.tobytes() == wanted(list(array)).tobytes()
        assert journaled.asked == 4


def test_settings_and_identity_keep_answers_apart(tmp_path: Path) -> None:
    target = ContentTarget()
    with QueryJournal(tmp_path / "q.sqlite") as journal:
        Journaled(target, journal).ask(POOL)
        Journaled(target, journal, {"size": "32"}).ask(POOL)
        assert len(target.asked) == 24
        assert Journaled(target, journal, {"size": "32"}).unanswered(POOL) == 0
        assert Journaled(target, journal, {"size": "64"}).unanswered(POOL + POOL) == 12


def test_pictures_in_two_batches_at_once_are_asked_once(tmp_path: Path) -> None:
    class Slow(ContentTarget):
        def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
            time.sleep(0.01)
            return super().ask(pictures, gate)

    target = Slow()
    rng = np.random.default_rng(0)
    batches = [[POOL[i] for i in rng.integers(0, 12, 5)] for _ in range(30)]
    with QueryJournal(tmp_path / "q.sqlite") as journal, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(Journaled(target, journal).ask, batches))
    for batch, scores in zip(batches, answers, strict=True):
        assert scores.values.tobytes() == wanted(batch).tobytes()
    assert len(target.asked) == len(set(target.asked))


def test_a_failed_batch_is_asked_again_by_whoever_waited_for_it(tmp_path: Path) -> None:
    class FailsOnce(ContentTarget):
        def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
            first = not self.asked
            scores = super().ask(pictures, gate)
            if first:
                first_asked.set()
                assert second_waits.wait(10)
                time.sleep(0.05)
                raise AnswerError("broken")
            return scores

    first_asked, second_waits = threading.Event(), threading.Event()
    target = FailsOnce()
    with QueryJournal(tmp_path / "q.sqlite") as journal, ThreadPoolExecutor(2) as threads:
        journaled = Journaled(target, journal)
        first = threads.submit(journaled.ask, POOL[:4])
        assert first_asked.wait(10)
        second = threads.submit(journaled.ask, POOL[2:6])
        second_waits.set()
        with pytest.raises(AnswerError, match="broken"):
            first.result(10)
        assert second.result(10).values.tobytes() == wanted(POOL[2:6]).tobytes()


def test_an_answer_used_once_never_changes(tmp_path: Path) -> None:
    digest = picture_digest(POOL[0])
    with QueryJournal(tmp_path / "q.sqlite") as journal:
        source = journal.source("sha256:0")
        journal.store(source, [digest], Scores(("a",), np.array([[0.25]])))
        journal.store(source, [digest], Scores(("a",), np.array([[0.5]])))
        assert journal.look_up(source, [digest])[digest].values == 0.25


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[0.5, np.nan]], "must hold a score for each label, got NaN"),
        ([[0.5, 93.0]], r"must be probabilities in \[0, 1\], got 93"),
        ([[0.5, 0.5]] * 2, "must answer once for each of 1 pictures, got 2"),
    ],
)
def test_broken_answers_are_refused_and_not_kept(
    tmp_path: Path, values: list[list[float]], message: str
) -> None:
    class Broken(ContentTarget):
        def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
            return Scores(("a", "b"), np.array(values))

    with QueryJournal(tmp_path / "q.sqlite") as journal:
        with pytest.raises(AnswerError, match=message):
            Journaled(Broken(), journal).ask(POOL[:1])
        assert len(journal) == 0


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "q.sqlite"
    before = os.umask(0)
    try:
        with QueryJournal(path) as journal:
            Journaled(ContentTarget(), journal).ask(POOL)
            files = sorted(path.parent.iterdir())
            assert [file.name for file in files] == ["q.sqlite", "q.sqlite-shm", "q.sqlite-wal"]
            assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 3
    finally:
        os.umask(before)


def test_neither_pictures_nor_settings_stand_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "q.sqlite"
    big = pictures(1, side=16)
    with QueryJournal(path) as journal:
        Journaled(ContentTarget(), journal, {"header": "Bearer hunter2"}).ask(big)
        kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"hunter2" not in kept
    assert big[0].tobytes()[:16] not in kept


def test_other_files_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("not a database, but long enough to be read as a header of one" * 20)
    with pytest.raises(JournalError, match="can't be used: file is not a database"):
        QueryJournal(text)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE diary (day TEXT)")
    connection.close()
    before = other.read_bytes()
    with pytest.raises(JournalError, match="is not a query journal"):
        QueryJournal(other)
    assert other.read_bytes() == before


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "q.sqlite"
    QueryJournal(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(JournalError, match="must be version 3, got 7"):
        QueryJournal(path)


def test_each_journal_has_an_identity_that_stays(tmp_path: Path) -> None:
    with QueryJournal(tmp_path / "one") as one, QueryJournal(tmp_path / "other") as other:
        assert len(one.identity) == 32
        assert one.identity != other.identity
        with QueryJournal(tmp_path / "one") as again:
            assert again.identity == one.identity


def test_answers_are_unconfirmed_until_a_reading_begins_after_them(tmp_path: Path) -> None:
    scores = Scores(("a",), np.array([[0.25]]))
    reading = CanaryReading(None, scores)
    with QueryJournal(tmp_path / "q") as journal:
        source, canary = journal.source("sha256:0"), b"canary"
        assert not journal.has_unconfirmed(source, canary)
        begun = journal.position()
        journal.store(source, [b"during the reading"], scores)
        journal.add_reading(source, canary, reading, begun)
        assert journal.has_unconfirmed(source, canary)
        journal.add_reading(source, canary, reading, journal.position())
        assert not journal.has_unconfirmed(source, canary)
        journal.store(journal.source("sha256:1"), [b"of another source"], scores)
        assert not journal.has_unconfirmed(source, canary)
        journal.store(source, [b"after the reading"], scores)
        journal.add_reading(source, b"another canary", reading, journal.position())
        assert journal.has_unconfirmed(source, canary)


def test_a_full_disk_is_told_and_leaves_nothing_of_the_batch(tmp_path: Path) -> None:
    labels = tuple(f"label {number}" for number in range(2000))
    with QueryJournal(tmp_path / "q.sqlite") as journal:
        journaled = Journaled(ContentTarget(labels), journal)
        journaled.ask(POOL[:1])
        with journal.file.reading() as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages + 20}")
        with pytest.raises(JournalError, match="can't be used: database or disk is full"):
            journaled.ask(POOL)
        assert len(journal) == 1
        with journal.file.reading() as connection:
            connection.execute(f"PRAGMA max_page_count = {pages + 2000}")
        assert journaled.ask(POOL).values.shape == (12, 2000)
        assert len(journal) == 12


WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from content_target import ContentTarget, pictures
from isotopes.targets.asking.journal import QueryJournal
from isotopes.targets.asking.journaled import Journaled

class Paid(ContentTarget):
    def ask(self, batch, gate=None):
        scores = super().ask(batch)
        bill.write(len(batch) * b"$")
        bill.flush()
        return scores

bill = open(sys.argv[2], "ab")
journaled = Journaled(Paid(), QueryJournal(Path(sys.argv[1])))
pool = pictures({count})
for start in range(0, {count}, {batch}):
    journaled.ask(pool[start : start + {batch}])
    print(start + {batch}, flush=True)
"""


def start_worker(path: Path, bill: Path, count: int, batch: int) -> subprocess.Popen[str]:
    code = WORKER.format(tests=str(Path(content_target.__file__).parent), count=count, batch=batch)
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(bill)], stdout=subprocess.PIPE, text=True
    )


def test_kill_9_loses_at_most_the_batch_in_flight(tmp_path: Path) -> None:
    count, batch = 4000, 4
    path, bill = tmp_path / "q.sqlite", tmp_path / "bill"
    kills = 0
    # Killed as it starts, after the first answers, and again and again on the way.
    for answers_to_see in (0, 1, 7, 100, 150, 200):
        worker = start_worker(path, bill, count, batch)
        assert worker.stdout is not None
        seen = [int(line) for line in islice(worker.stdout, answers_to_see)]
        worker.kill()
        seen += [int(line) for line in worker.stdout]
        worker.stdout.close()
        kills += worker.wait() != 0
        with QueryJournal(path) as journal:
            kept = len(journal)
            with closing(sqlite3.connect(path)) as raw:
                assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert kept >= (seen[-1] if seen else 0)
        paid = bill.stat().st_size if bill.exists() else 0
        assert paid - kept <= kills * batch
    assert kills == 6
    target = ContentTarget()
    pool = pictures(count)
    with QueryJournal(path) as journal:
        journaled = Journaled(target, journal)
        for start in range(0, count, 64):
            some = pool[start : start + 64]
            assert journaled.ask(some).values.tobytes() == wanted(some).tobytes()
    assert len(target.asked) == count - kept


def test_processes_may_share_it(tmp_path: Path) -> None:
    count = 600
    path = tmp_path / "q.sqlite"
    workers = [start_worker(path, tmp_path / "bill", count, 8) for _ in range(3)]
    assert [worker.communicate()[0].count("\n") for worker in workers] == [75] * 3
    assert [worker.returncode for worker in workers] == [0] * 3
    pool = pictures(count)
    with QueryJournal(path) as journal:
        assert len(journal) == count
        journaled = Journaled(ContentTarget(), journal)
        assert journaled.ask(pool[:64]).values.tobytes() == wanted(pool[:64]).tobytes()
        assert journaled.asked == 0
