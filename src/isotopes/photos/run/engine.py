"""The run: every job done once, whatever interrupts it, however often it is begun again.

A file is finished in three steps: its bytes go to disk under a temporary name beside the target;
its outcome, with the hash of those bytes, is committed to the journal; it is renamed. A run cut
off between any two of them is put right by the next: temporary files are removed, an outcome
without its file is done again from the original, and a file without an outcome is not ours.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

from isotopes.canonical import digest_file
from isotopes.errors import FolderError
from isotopes.photos.fate import Outcome
from isotopes.photos.folders import PART, SYSTEM, find_files
from isotopes.photos.run.jobs import Job, plan_texts
from isotopes.photos.run.journal import Journal, open_journal
from isotopes.photos.run.pool import Task, count_workers, run_tasks
from isotopes.photos.run.summary import MarkSummary

Progress = Callable[[int, int, str], None]  # files done, files in all, name of the last one


def mark_photos(
    jobs: Sequence[Job],
    *,
    output: Path,
    journal: Path,
    left_out: Iterable[Outcome] = (),
    workers: int | None = None,
    progress: Progress | None = None,
    begin: Callable[[], object] | None = None,
) -> MarkSummary:
    """Do all jobs; what an earlier run with the same jobs and journal finished stays as it is.

    Starts processes: a script that calls it needs the usual ``if __name__ == "__main__":``.

    Args:
        jobs: of `plan_jobs`, with distinct names; targets lie below `output`.
        output: made if need be; must hold nothing but what was written with this journal.
        journal: an SQLite file, made if need be. It tells which pictures are marked: keep it out
            of the output folder, which is going to be published.
        left_out: outcomes of what has no job, for the summary.
        workers: processes; one for each core where not given.
        progress: called after each file.
        begin: called before the first file is written, once it is sure that the folders serve and
            no other process can come between.

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
        recorded = {name: found for name, found in log.outcomes().items() if found.after}
        if _clean(output, recorded):
            log.check(plans)
        else:
            log.forget()  # whoever deletes an output folder may begin another one in its place
        _try_to_write(output)
        finished = _finished(jobs, recorded, workers or count_workers(len(jobs)))
        if begin is not None:
            begin()
        log.plan(plans)
        pending = [job for job in jobs if job.name not in finished]
        told = _Teller(progress, len(jobs), len(finished))
        outcomes = {**finished, **_run(pending, log, workers, told)}
    everything = sorted((*outcomes.values(), *left_out), key=lambda outcome: outcome.name)
    return MarkSummary(tuple(everything), len(finished), time.perf_counter() - started)


class _Teller:
    def __init__(self, progress: Progress | None, total: int, done: int) -> None:
        self._progress, self._total, self._done = progress, total, done

    def __call__(self, name: str) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total, name)


def _run(
    pending: Sequence[Job], log: Journal, workers: int | None, told: _Teller
) -> dict[str, Outcome]:
    run = secrets.token_hex(4)
    tasks = [(job, _part(job, run)) for job in pending]
    outcomes = {}
    try:
        with closing(run_tasks(tasks, workers or count_workers(len(tasks)))) as results:
            for task, outcome in results:
                log.record(outcome)
                if outcome.after is not None:
                    _give_name(task)
                outcomes[outcome.name] = outcome
                told(outcome.name)
    finally:
        for job, part in tasks:
            if job.name not in outcomes:
                with suppress(OSError):
                    part.unlink()
    return outcomes


def _part(job: Job, run: str) -> Path:
    """The temporary name: as short for every file, so that long names fit too."""
    place = hashlib.sha256(os.fsencode(job.name)).hexdigest()[:16]
    return job.target.with_name(f".isotopes-{run}-{place}.part")


def _give_name(task: Task) -> None:
    job, part = task
    if os.path.lexists(job.target):
        raise FolderError(
            f"a file of that name is in the output folder already: {job.name}",
            hint="where upper and lower case are one, two originals may share a name: rename one",
        )
    try:
        part.rename(job.target)
    except OSError as error:
        raise FolderError(f"the output folder can't be written: {error}") from error


def _clean(output: Path, recorded: Collection[str]) -> bool:
    """Remove temporary files of runs that were killed; is any file of an earlier run still there?

    Raises:
        FolderError: there are strangers in it, or it can't be made.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(f"the output folder can't be made: {output}: {error.strerror}") from error
    strangers, begun = [], False
    for path in find_files(output):
        if PART.fullmatch(path.name):
            path.unlink()
        elif path.relative_to(output).as_posix() in recorded:
            begun = True
        elif path.name.lower() not in SYSTEM:
            strangers.append(path.name)
    if strangers:
        raise FolderError(
            f"the output folder must hold nothing that this run didn't write,"
            f" got {len(strangers)} such files, for instance {min(strangers)}",
            hint="choose a new folder, or go on with the vault that the folder was begun with",
        )
    return begun


def _try_to_write(output: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        raise FolderError(
            f"the output folder can't be written: {output}: {error.strerror}",
            hint="set its permissions, or choose another folder",
        ) from error


def _finished(
    jobs: Iterable[Job], recorded: Mapping[str, Outcome], threads: int
) -> dict[str, Outcome]:
    """The outcomes whose files are in place, as they were written."""
    present = [job for job in jobs if job.name in recorded and os.path.lexists(job.target)]
    with ThreadPoolExecutor(threads) as pool:
        for job, actual in zip(
            present, pool.map(lambda job: digest_file(job.target), present), strict=True
        ):
            if actual != recorded[job.name].after:
                raise FolderError(
                    f"{job.target} was changed since it was written",
                    hint="move it away, and run the same again to have it written anew",
                )
    return {job.name: recorded[job.name] for job in present}
