"""The run: every job done once, whatever interrupts it, however often it is restarted.

A file is finished in four steps: its bytes go to disk under a temporary name beside the target;
whoever asked for the run claims it; its outcome, with the hash of those bytes, is committed to the
journal; it is renamed. A run cut off between any two of them is put right by the next: temporary
files are removed, an outcome without its file is done again from the original, and a file without
an outcome is not ours. Claims cost a transaction, so files are claimed some at a time.
"""

from __future__ import annotations

import math
import os
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from isotopes.canonical import digest_file
from isotopes.errors import FolderError
from isotopes.photos.fate import Fate, FileOutcome
from isotopes.photos.run.jobs import COMPANY, Job, is_marking, plan_texts
from isotopes.photos.run.journal import Journal, open_journal
from isotopes.photos.run.output import clean, part_name, try_to_write
from isotopes.photos.run.pool import Call, Lost, Workers
from isotopes.photos.run.summary import MarkSummary
from isotopes.photos.run.worker import carry_out_job
from isotopes.photos.run.writing import Refused, discard, refusal
from isotopes.processes import hold_interrupts

Progress = Callable[[int, int, str], None]  # files done, files in all, name of the last one
Claim = Callable[[Sequence[FileOutcome]], Mapping[str, str]]
CLAIMED_TOGETHER = 64  # files: so many at most wait for their names
CLAIM_SECONDS = 1.0  # and so long, if another is finished then
TAKEN = "another file of the output has this name; upper and lower case may be one there"


def mark_photos(
    jobs: Sequence[Job],
    *,
    output: Path,
    journal: Path,
    workers: Workers,
    left_out: Iterable[FileOutcome] = (),
    progress: Progress | None = None,
    begin: Callable[[], object] | None = None,
    claim: Claim | None = None,
) -> MarkSummary:
    """Do all jobs; what an earlier run with the same jobs and journal finished stays as it is.

    Args:
        jobs: of `plan_jobs`, with distinct names; targets lie below `output`.
        output: made if needed; must hold nothing but what was written with this journal.
        journal: an SQLite file, made if needed. It says which pictures are marked: keep it out of
            the output folder, which is going to be published.
        workers: the processes that do the jobs.
        left_out: outcomes of what has no job, for the summary.
        progress: called after each file.
        begin: called before the first file is written, once the folders are checked and no other
            process can interfere.
        claim: called with the outcomes of some files before they get their names; the names of
            those that must be left out after all, with the reasons.

    Raises:
        FolderError: the output holds other files, or files that were changed since they were
            written; it can't be written; another plan or process is at work there. What was
            finished is kept.
    """
    started = time.perf_counter()
    if journal.resolve().is_relative_to(output.resolve()):
        raise FolderError(f"the journal must lie outside the output folder, got {journal}")
    plans = plan_texts(jobs)
    with open_journal(journal) as log:
        recorded = {name: outcome for name, outcome in log.outcomes().items() if outcome.after}
        if clean(output, recorded):
            log.check(plans, recorded)
        else:
            log.forget()  # whoever deletes an output folder may begin another one in its place
        try_to_write(output)
        resumed = _finished(jobs, recorded, workers.count)
        if begin is not None:
            begin()
        log.plan(plans)
        pending = [job for job in jobs if job.name not in resumed]
        counter = _Counter(progress, len(jobs), len(resumed))
        outcomes = {**resumed, **_run(pending, log, workers, counter, claim)}
    everything = sorted((*outcomes.values(), *left_out), key=lambda outcome: outcome.name)
    return MarkSummary(tuple(everything), len(resumed), time.perf_counter() - started)


def marked_before(output: Path, journal: Path) -> dict[str, bool]:
    """For each picture that an unfinished run wrote into this folder, whether it carries the mark.

    These pictures may have been published, so they keep their fate, whatever was added since.

    Raises:
        FolderError: the journal can't be read, or another process is at work.
    """
    if not journal.exists():
        return {}
    with open_journal(journal) as log:
        plans, done = log.plans(), log.outcomes()
    written = {name for name, outcome in done.items() if outcome.after}
    return {name: is_marking(plans[name]) for name in written if os.path.lexists(output / name)}


class _Counter:
    def __init__(self, progress: Progress | None, total: int, done: int) -> None:
        self._progress, self._total, self._done = progress, total, done

    def count(self, name: str) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total, name)


def _run(
    pending: Sequence[Job],
    log: Journal,
    workers: Workers,
    counter: _Counter,
    claim: Claim | None,
) -> dict[str, FileOutcome]:
    run = secrets.token_hex(4)
    parts = {job.name: part_name(job, run) for job in pending}
    outcomes: dict[str, FileOutcome] = {}
    try:
        with closing(_carry_out_all(pending, parts, workers)) as results:
            for some in _some_at_a_time(results, 1 if claim is None else CLAIMED_TOGETHER):
                with hold_interrupts():  # what is claimed gets its name
                    finished = _finish(some, parts, log, claim)
                for outcome in finished:
                    outcomes[outcome.name] = outcome
                for outcome in finished:
                    counter.count(outcome.name)
    finally:
        for name, part in parts.items():
            if name not in outcomes:
                discard(part)
    return outcomes


def _some_at_a_time(
    results: Iterable[tuple[Job, FileOutcome]], most: int
) -> Generator[list[tuple[Job, FileOutcome]]]:
    """The first one at once, so that progress shows, then up to `most`, or what a second brings."""
    waiting: list[tuple[Job, FileOutcome]] = []
    last = -math.inf
    for result in results:
        waiting.append(result)
        if len(waiting) >= most or time.monotonic() - last >= CLAIM_SECONDS:
            yield waiting
            waiting, last = [], time.monotonic()
    if waiting:
        yield waiting


def _finish(
    some: Sequence[tuple[Job, FileOutcome]],
    parts: Mapping[str, Path],
    log: Journal,
    claim: Claim | None,
) -> list[FileOutcome]:
    """Claim these files, keep their outcomes, and give them their names."""
    written = [outcome for _, outcome in some if outcome.after is not None]
    refused = claim(written) if claim is not None and written else {}
    settled = [
        (job, FileOutcome(job.name, Fate.SKIPPED, refused[job.name]))
        if job.name in refused
        else (job, outcome)
        for job, outcome in some
    ]
    log.record(outcome for _, outcome in settled)
    return [_give_name(job, parts[job.name], outcome, log) for job, outcome in settled]


def _carry_out_all(
    jobs: Sequence[Job], parts: Mapping[str, Path], workers: Workers
) -> Generator[tuple[Job, FileOutcome]]:
    """Each job with its outcome. A picture that took its worker with it is copied instead."""
    again = []
    for job, result in _each(jobs, parts, workers):
        if not isinstance(result, Lost):
            yield job, result
        elif job.mark is None or job.in_company:
            yield job, _given_up(job, result)
        else:
            again.append(replace(job, mark=None, reason=result.reason))
    for job, result in _each(again, parts, workers):
        yield job, _given_up(job, result) if isinstance(result, Lost) else result


def _each(
    jobs: Iterable[Job], parts: Mapping[str, Path], workers: Workers
) -> Generator[tuple[Job, FileOutcome | Lost]]:
    calls = (
        Call(job, carry_out_job, (job, parts[job.name]), job.memory, endless=job.is_copy)
        for job in jobs
    )
    results = workers.run(calls)
    with closing(results):
        for job, result in results:
            if isinstance(result, Lost):
                discard(parts[job.name])
            yield job, result


def _given_up(job: Job, lost: Lost) -> FileOutcome:
    reason = f"{lost.reason}; {COMPANY}" if job.in_company else lost.reason
    return FileOutcome(job.name, Fate.UNREADABLE if job.is_copy else Fate.SKIPPED, reason)


def _give_name(job: Job, part: Path, outcome: FileOutcome, log: Journal) -> FileOutcome:
    """Give the file its name, the last step, and return its outcome: the name may be refused."""
    if outcome.after is None:
        discard(part)
        return outcome
    reason = TAKEN
    if not os.path.lexists(job.target):
        try:
            part.rename(job.target)
        except OSError as error:
            refused = refusal(job.target.parent, error)
            if not isinstance(refused, Refused):
                raise refused from error
            reason = str(refused)
        else:
            return outcome
    discard(part)
    unwritable = FileOutcome(job.name, Fate.UNWRITABLE, reason)
    log.record([unwritable])
    return unwritable


def _finished(
    jobs: Iterable[Job], recorded: Mapping[str, FileOutcome], threads: int
) -> dict[str, FileOutcome]:
    """The outcomes whose files are in place, as they were written."""
    present = [job for job in jobs if job.name in recorded and os.path.lexists(job.target)]
    with ThreadPoolExecutor(threads) as pool:
        for job, actual in zip(
            present, pool.map(lambda job: digest_file(job.target), present), strict=True
        ):
            if actual != recorded[job.name].after:
                raise FolderError(
                    f"{job.target} was changed since it was written",
                    hint="move it away, and run the same command again to write it again",
                )
    return {job.name: recorded[job.name] for job in present}
