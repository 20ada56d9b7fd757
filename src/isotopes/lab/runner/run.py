"""Run trials: every model is trained once and every trial measured once, across interruptions."""

from __future__ import annotations

import inspect
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path

from isotopes.errors import IsotopesError
from isotopes.lab.data.damage_report import collect_damage_reports
from isotopes.lab.runner.extension import error_in_words
from isotopes.lab.runner.store import Store, TrialOutcome, identity
from isotopes.lab.trials.experiment import Described, Trial

Progress = Callable[[float, int], None]  # jobs done, with fractions of running ones; jobs in all
LOOK_EVERY = 1.0  # seconds between two looks at running jobs
Tell = Callable[[str], None]  # a line for people


def run_trials(
    trials: Sequence[Trial],
    folder: Path,
    executor: Executor,
    *,
    slots: int = 1,
    progress: Progress | None = None,
    tell: Tell = warnings.warn,
) -> list[TrialOutcome]:
    """The outcome of each trial. Results of an earlier run in `folder` are reused.

    A failed training fails the trials that need it, and the others continue. A failed measurement
    fails its trial, whatever it raises.

    Args:
        folder: of the store; on a cluster it must be the same for all machines.
        executor: where jobs run.
        slots: jobs to hand out at a time.
        progress: called at the start, after each job, and every second meanwhile.
        tell: called with each damaged picture that a job left out, wherever the job ran.

    Raises:
        IsotopesError: a process of the executor was killed, so all running jobs were lost. Finished
            jobs are in the store.
    """
    work = _Work(trials, Store(folder))
    try:
        _run_all(work, folder, executor, slots=slots, progress=progress, tell=tell)
    except BrokenExecutor as error:
        raise IsotopesError(
            "a worker process was killed, perhaps as there was no memory left",
            hint="what was done is kept: run the same again, with fewer --workers if you can",
        ) from error
    return [work.outcomes[identity(trial)] for trial in trials]


def _run_all(
    work: _Work,
    folder: Path,
    executor: Executor,
    *,
    slots: int,
    progress: Progress | None,
    tell: Tell,
) -> None:
    running: dict[Future[_Report], _Job] = {}
    told: set[str] = set()
    while work.jobs or running:
        while work.jobs and len(running) < slots:
            job = work.jobs.popleft()
            running[executor.submit(_carry_out, job, folder)] = job
        if progress is not None:
            models = [job.model for job in running.values() if job.model is not None]
            progress(work.done + work.store.under_way(models), work.total)
        finished, _ = wait(running, timeout=LOOK_EVERY, return_when=FIRST_COMPLETED)
        for future in finished:
            job = running.pop(future)
            report = _report_of(future)
            for line in report.damage:
                if line not in told:  # by another worker, at the same time
                    tell(line)
                    told.add(line)
            if report.failure is None:
                work.finish(job, report.outcome)
            else:
                work.fail(job, report.failure)
    if progress is not None:
        progress(work.done, work.total)


def _report_of(future: Future[_Report]) -> _Report:
    try:
        return future.result()
    except BrokenExecutor:
        raise
    except Exception as error:  # noqa: BLE001 - of the engine: a job that it can't send, or has lost
        return _Report(failure=error_in_words(error))


@dataclass(frozen=True)
class _Job:
    """Train a model, or measure a trial."""

    model: Described | None = None
    trial: Trial | None = None


@dataclass(frozen=True)
class _Report:
    """How a job went.

    Attributes:
        outcome: of a trial.
        failure: why it could not be done.
        damage: lines for people about pictures that were left out.
    """

    outcome: TrialOutcome | None = None
    failure: str | None = None
    damage: tuple[str, ...] = ()


class _Work:
    """Pending jobs, ordered so that trials finish early."""

    def __init__(self, trials: Sequence[Trial], store: Store) -> None:
        self.store = store
        self.outcomes: dict[str, TrialOutcome] = {}
        self.jobs: deque[_Job] = deque()
        self._trials = {identity(trial): trial for trial in trials}
        self._missing: dict[str, set[str]] = {}  # of each trial that waits, its models
        models: dict[str, Described] = {}
        for key, trial in self._trials.items():
            found = store.found(trial)
            if found is not None:
                self.outcomes[key] = found
                continue
            missing = {identity(m): m for m in trial.models() if not store.has(m)}
            self._missing[key] = set(missing)
            if not missing:
                self.jobs.append(_Job(trial=trial))
            models.update(missing)
        self.jobs.extend(_Job(model=model) for model in models.values())
        self.done = len(self.outcomes)
        self.total = len(self._trials) + len(models)

    def finish(self, job: _Job, outcome: TrialOutcome | None) -> None:
        self.done += 1
        if job.trial is not None:
            assert outcome is not None
            self.outcomes[identity(job.trial)] = outcome
            return
        assert job.model is not None
        trained = identity(job.model)
        for key, missing in self._missing.items():
            if trained in missing:
                missing.remove(trained)
                if not missing and key not in self.outcomes:
                    self.jobs.appendleft(_Job(trial=self._trials[key]))

    def fail(self, job: _Job, message: str) -> None:
        self.done += 1
        if job.trial is not None:
            self.outcomes[identity(job.trial)] = TrialOutcome([], 0.0, message)
            return
        assert job.model is not None
        for key, missing in self._missing.items():
            if identity(job.model) in missing and key not in self.outcomes:
                self.outcomes[key] = TrialOutcome([], 0.0, message)
                self.done += 1


def _carry_out(job: _Job, folder: Path) -> _Report:
    """The part that runs in a worker.

    It raises nothing, because exceptions of users' code and libraries can't always be pickled.
    """
    with collect_damage_reports() as heard:
        report = _attempt(job, folder)
    return replace(report, damage=tuple(heard))


def _attempt(job: _Job, folder: Path) -> _Report:
    try:
        return _Report(_outcome(job, Store(folder)))
    except IsotopesError as error:
        return _Report(failure=str(error))
    except Exception as error:  # noqa: BLE001 - one job's, and the others go on
        return _Report(failure=error_in_words(error, _file_of(job)))


def _outcome(job: _Job, store: Store) -> TrialOutcome | None:
    if job.model is not None:
        store.train(job.model)
        return None
    assert job.trial is not None
    return store.measure(job.trial)


def _file_of(job: _Job) -> Path:
    """Where the code of the job's trial or model stands."""
    return Path(inspect.getfile(type(job.model or job.trial)))
