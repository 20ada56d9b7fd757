"""One piece of work in the background, as the pages show it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from isotopes.verify import Answers, Plan
    from isotopes.verify.evidence.interim import InterimScores

State = Literal["running", "asking", "elsewhere", "done", "failed", "stopped", "interrupted"]
FINAL = ("done", "failed", "stopped")  # what a job's file says after its last change
LOOK_EVERY = 1.0  # seconds between two looks at the answers, and between two writes of the file
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
        state: "asking" waits for the person to confirm `question`; "elsewhere" runs in another
            process of the application.
        done, total: progress.
        question: what the person has to confirm, as lines.
        outcome: what came out, as JSON types.
        error: why it failed, in words; with a hint.
        scores: what mark and decoys score so far, for a chart; None if there is none yet.
        save: writes the job's file.
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
    save: Callable[[], None] = field(default=lambda: None, repr=False)
    _watched: float = field(default=0.0, repr=False)
    _saved: float = field(default=0.0, repr=False)
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
        if time.monotonic() - self._saved >= LOOK_EVERY:
            with suppress(OSError):  # a full disk: what the file says is old then
                self.save()
            self._saved = time.monotonic()

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
        return self.state not in {"running", "asking", "elsewhere"}

    @property
    def day(self) -> str:
        """When it began, as a date."""
        return time.strftime("%Y-%m-%d", time.localtime(self.started))

    @property
    def percent(self) -> int:
        """How far it is, from 0 to 100."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def seconds_left(self) -> int | None:
        """An estimate; None while there is too little to go by."""
        took = time.time() - self.started
        if self.state != "running" or self.done < 2 or took < 2:
            return None
        return round(took / self.done * (self.total - self.done))
