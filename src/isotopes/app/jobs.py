"""Work in the background that outlives the page that started it.

Each job runs in a thread. A file keeps the job's request, without any passphrase, so that the
application can offer to finish it after a crash or a closed laptop: marking and checking resume
where they were.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from isotopes.errors import IsotopesError
from isotopes.files import atomic_write

if TYPE_CHECKING:
    from isotopes.verify import Answers, Plan
    from isotopes.verify.evidence.interim import InterimScores

State = Literal["running", "asking", "done", "failed", "stopped", "interrupted"]
# Fields of a job that its file holds.
KEPT = ("id", "kind", "title", "request", "state", "done", "total", "outcome", "error", "started")
LOOK_EVERY = 1.0  # seconds between two looks at the answers
Work = Callable[["BackgroundJob"], dict[str, Any]]


class Stopped(Exception):  # noqa: N818 - it is no fault
    """The person pressed stop."""


@dataclass
class BackgroundJob:
    """One piece of work.

    Attributes:
        id: in addresses and file names.
        kind: "mark" or "check".
        title: for people.
        request: what was asked, as JSON types; enough to start it again.
        state: "asking" waits for the person to confirm `question`.
        done, total: progress.
        question: what the person has to confirm, as lines.
        outcome: what came out, as JSON types.
        error: why it failed, in words; with a hint.
        scores: what mark and decoys score so far, for a chart; None if there is none yet.
    """

    id: str
    kind: str
    title: str
    request: dict[str, Any]
    state: State = "running"
    done: int = 0
    total: int = 0
    question: list[str] = field(default_factory=list)
    outcome: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    started: float = field(default_factory=time.time)
    scores: InterimScores | None = None
    _watched: float = field(default=0.0, repr=False)
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _confirmed: threading.Event = field(default_factory=threading.Event, repr=False)

    def progress(self, done: float, total: int, _name: str = "") -> None:
        """Record how far the job is.

        Raises:
            Stopped: the person pressed stop.
        """
        self.done, self.total = int(done), total
        if self._stop.is_set():
            raise Stopped

    def watch(self, plan: Plan, answers: Answers) -> None:
        """Score the answers so far, at most every `LOOK_EVERY` seconds."""
        if time.monotonic() - self._watched >= LOOK_EVERY:
            from isotopes.verify.evidence.interim import interim_scores

            self.scores = interim_scores(plan, answers)
            self._watched = time.monotonic()

    def confirm(self, lines: list[str]) -> None:
        """Wait until the person agrees.

        Raises:
            Stopped: they don't.
        """
        self.question, self.state = lines, "asking"
        self._confirmed.wait()
        if self._stop.is_set():
            raise Stopped
        self.question, self.state = [], "running"

    def agree(self) -> None:
        """The person agrees to what is asked."""
        self._confirmed.set()

    def stop(self) -> None:
        """End it soon; what was done is kept."""
        self._stop.set()
        self._confirmed.set()

    @property
    def over(self) -> bool:
        return self.state not in {"running", "asking"}

    @property
    def seconds_left(self) -> int | None:
        """An estimate; None while there is too little to go by."""
        took = time.time() - self.started
        if self.state != "running" or self.done < 2 or took < 2:
            return None
        return round(took / self.done * (self.total - self.done))


class Jobs:
    """All jobs of this application, including those of earlier runs."""

    def __init__(self, folder: Path) -> None:
        """Read the jobs of earlier runs from `folder`; those still running were interrupted."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._jobs: dict[str, BackgroundJob] = {}
        for path in folder.glob("*.json"):
            try:
                job = BackgroundJob(**json.loads(path.read_text(encoding="utf-8")))
            except (ValueError, TypeError, OSError):
                continue  # a file of another version: its work can be started again
            if not job.over:
                job.state = "interrupted"
            self._jobs[job.id] = job

    def start(self, kind: str, title: str, request: dict[str, Any], work: Work) -> BackgroundJob:
        """Run `work` in a thread; what it raises becomes the state of the job."""
        job = BackgroundJob(secrets.token_hex(8), kind, title, request)
        self._jobs[job.id] = job
        self._save(job)
        threading.Thread(target=self._run, args=(job, work), daemon=True).start()
        return job

    def get(self, job_id: str) -> BackgroundJob | None:
        """The job of this id."""
        return self._jobs.get(job_id)

    def forget(self, job: BackgroundJob) -> None:
        """Take it off the list."""
        self._jobs.pop(job.id, None)
        (self._folder / f"{job.id}.json").unlink(missing_ok=True)

    def listed(self) -> list[BackgroundJob]:
        """All of them, the newest first."""
        return sorted(self._jobs.values(), key=lambda job: -job.started)

    def _run(self, job: BackgroundJob, work: Work) -> None:
        try:
            job.outcome = work(job)
            job.state = "done"
        except Stopped:
            job.state = "stopped"
        except IsotopesError as error:
            job.error, job.state = error.in_full, "failed"
        except Exception as error:  # noqa: BLE001 - a thread's last line of defence
            job.error, job.state = (
                f"this should not happen: {type(error).__name__}: {error}",
                "failed",
            )
            traceback.print_exc()
        finally:
            self._save(job)

    def _save(self, job: BackgroundJob) -> None:
        kept = {name: getattr(job, name) for name in KEPT}
        with atomic_write(self._folder / f"{job.id}.json", mode=0o600) as part:
            part.write_text(json.dumps(kept), encoding="utf-8")
