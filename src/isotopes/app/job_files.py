"""All jobs, in files: work outlives the page that started it, and can be resumed after a crash.

Each job runs in a thread. Its file holds the job's request, without any passphrase. While a job
runs, its process holds a lock, which the system frees however the process ends. So a job whose file
says that it is not over was interrupted if its lock is free; if not, another process is at it.
"""

from __future__ import annotations

import json
import secrets
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isotopes.app.jobs import FINAL, BackgroundJob, State, Stopped, Work
from isotopes.app.words import words
from isotopes.errors import IsotopesError
from isotopes.files import atomic_write

if TYPE_CHECKING:
    from filelock import FileLock

# Fields of a job that its file holds.
KEPT = ("id", "kind", "title", "request", "state", "done", "total", "outcome", "error", "started")


@dataclass
class _Read:
    """A job as its file had it when this was its time of change."""

    changed: int
    job: BackgroundJob


class Jobs:
    """The jobs of this process, of earlier ones, and of others that run beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._own: dict[str, BackgroundJob] = {}
        self._read: dict[str, _Read] = {}

    def start(self, kind: str, title: str, request: dict[str, Any], work: Work) -> BackgroundJob:
        """Run `work` in a thread; what it raises becomes the state of the job."""
        job = BackgroundJob(secrets.token_hex(8), kind, title, request)
        job.save = lambda: self._save(job)
        lock = self._lock(job.id)
        _take(lock)  # before the file: without a lock it would be interrupted
        self._own[job.id] = job
        self._save(job)
        threading.Thread(target=self._run, args=(job, work, lock), daemon=True).start()
        return job

    def get(self, job_id: str) -> BackgroundJob | None:
        """The job of this id."""
        return self._own.get(job_id) or self._other(self._folder / f"{job_id}.json")

    @contextmanager
    def replaced(self, job: BackgroundJob) -> Iterator[None]:
        """Start another job instead of this one in the block; this one then leaves the list.

        Raises:
            IsotopesError: somebody else has just done so.
        """
        lock = self._lock(job.id)
        if not _take(lock) or not self._path(job).exists():
            lock.release()
            raise IsotopesError(words()["errors"]["resumed"])
        try:
            yield
            self.forget(job)
        finally:
            lock.release()

    def forget(self, job: BackgroundJob) -> None:
        """Take it off the list."""
        self._own.pop(job.id, None)
        for path in (self._path(job), self._folder / f"{job.id}.lock"):
            with suppress(PermissionError):  # Windows: the lock is being held or looked at
                path.unlink(missing_ok=True)

    def listed(self) -> list[BackgroundJob]:
        """All of them, the newest first."""
        others = (path for path in self._folder.glob("*.json") if path.stem not in self._own)
        found = [*self._own.values(), *filter(None, map(self._other, others))]
        return sorted(found, key=lambda job: -job.started)

    def _other(self, path: Path) -> BackgroundJob | None:
        """The job of a file that this process didn't write; None if it isn't a job's."""
        job = self._from_file(path)
        if job is None or job.state in FINAL:
            return job
        if self._is_held(job.id):
            job.state = "elsewhere"
            return job
        job = self._from_file(path)  # it may have ended between the two looks
        if job is not None and job.state not in FINAL:
            job.state = "interrupted"
        return job

    def _from_file(self, path: Path) -> BackgroundJob | None:
        try:
            changed = path.stat().st_mtime_ns
            known = self._read.get(path.stem)
            if known is None or known.changed != changed:
                job = BackgroundJob(**json.loads(path.read_text(encoding="utf-8")))
                known = self._read[path.stem] = _Read(changed, job)
        except (ValueError, TypeError, OSError):
            return None  # gone, or a file of another version: its work can be started again
        return known.job

    def _is_held(self, job_id: str) -> bool:
        lock = self._lock(job_id)
        if not _take(lock):
            return True
        lock.release()
        return False

    def _run(self, job: BackgroundJob, work: Work, lock: FileLock) -> None:
        end: State = "failed"
        try:
            job.outcome = work(job)
            end = "done"
        except Stopped:
            end = "stopped"
        except IsotopesError as error:
            job.error = error.in_full
        except Exception as error:  # noqa: BLE001 - a thread's last line of defence
            job.error = f"this should not happen: {type(error).__name__}: {error}"
            traceback.print_exc()
        try:
            self._save(job, end)
        finally:
            lock.release()
            job.state = end  # last: whoever sees it may resume the job

    def _save(self, job: BackgroundJob, state: State | None = None) -> None:
        kept = {name: getattr(job, name) for name in KEPT}
        with atomic_write(self._path(job), mode=0o600) as part:
            part.write_text(json.dumps({**kept, "state": state or job.state}), encoding="utf-8")

    def _path(self, job: BackgroundJob) -> Path:
        return self._folder / f"{job.id}.json"

    def _lock(self, job_id: str) -> FileLock:
        from filelock import FileLock  # the first page does without

        # The thread that frees it isn't the one that took it.
        return FileLock(self._folder / f"{job_id}.lock", mode=0o600, thread_local=False)


def _take(lock: FileLock) -> bool:
    """Take the lock; False if another process or thread holds it."""
    from filelock import Timeout

    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True
