"""An experiment's rows as a file: Parquet with all metadata, and CSV to look at."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TypedDict

from isotopes.errors import FolderError, IsotopesError
from isotopes.files import atomic_write
from isotopes.lab.runner.machine import machine, versions
from isotopes.lab.runner.store import TrialOutcome, identity
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import Experiment, Row, Trial, experiments

METADATA = b"isotopes"


class MeasuredTrial(TypedDict):
    """What a table says of a trial, so that another machine needn't run it again.

    Attributes:
        trial: its identity.
        rows: how many.
        seconds: as of `TrialOutcome`.
        machine: its place among those of `measured_on`; None if nobody noted it.
    """

    trial: str
    rows: int
    seconds: float
    machine: int | None


@dataclass(frozen=True)
class Results:
    """What an experiment measured.

    Attributes:
        experiment: its name.
        scale: "desk", "paper" or "packed".
        rows: in tidy format; columns without any value may be missing.
        trials: conditions times seeds.
        failures: why trials have no rows.
        seconds: of training and measuring in total, in this run or an earlier one. A model that
            several experiments use counts in each.
        command: that reproduces it.
        date: UTC.
        machine, versions: what the table was put together on.
        measured_on: how many trials were measured on each machine; empty in older tables.
        waiting: trials that the run was stopped before.
        measured: each trial that has rows, in their order; empty in older tables.
    """

    experiment: str
    scale: Scale
    rows: list[Row]
    trials: int
    failures: list[str]
    seconds: float
    command: str
    date: str
    machine: dict[str, str]
    versions: dict[str, str]
    measured_on: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    measured: list[MeasuredTrial] = field(default_factory=list)


def gather_outcomes(
    experiment: Experiment,
    scale: Scale,
    trials: Sequence[Trial],
    outcomes: Sequence[TrialOutcome | None],
    said: str,
) -> Results:
    """The outcomes of an experiment's trials in one table.

    Args:
        outcomes: one for each trial; None if it was not run.
        said: the argument of `isotopes lab run`.
    """
    run = [one for one in outcomes if one is not None]
    measured_on = dict(Counter(one.machine for one in run if one.machine).most_common())
    machines = {name: place for place, name in enumerate(measured_on)}
    return Results(
        experiment.name,
        scale,
        [row for outcome in run for row in outcome.rows],
        len(run),
        [outcome.failure for outcome in run if outcome.failure is not None],
        sum(outcome.seconds for outcome in run),
        f"isotopes lab run {said} --scale {scale}",
        datetime.now(UTC).isoformat(timespec="seconds"),
        machine(),
        versions(),
        measured_on,
        len(outcomes) - len(run),
        [
            {
                "trial": identity(trial),
                "rows": len(outcome.rows),
                "seconds": outcome.seconds,
                "machine": machines.get(outcome.machine),
            }
            for trial, outcome in zip(trials, outcomes, strict=True)
            if outcome is not None and outcome.failure is None
        ],
    )


def measured_outcomes(results: Results) -> dict[str, TrialOutcome]:
    """The outcome of each trial that a table has rows of, by the trial's identity."""
    rows, machines, found = iter(results.rows), list(results.measured_on), {}
    for one in results.measured:
        mine = list(islice(rows, one["rows"]))  # with all columns of the table, some empty
        machine = "" if one["machine"] is None else machines[one["machine"]]
        found[one["trial"]] = TrialOutcome(mine, one["seconds"], machine=machine)
    return found


def need_writable(folder: Path) -> None:
    """Create a folder if needed and check that it is writable, before hours of work.

    Raises:
        FolderError: nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError as error:
        raise FolderError(
            f"{folder} must be a folder to write to, and is a file", hint="name another folder"
        ) from error
    except OSError as error:
        raise FolderError(
            f"the folder {folder} can't be written: {error.strerror}",
            hint="set its permissions, or name another folder",
        ) from error


def table_path(folder: Path, experiment: str, scale: Scale) -> Path:
    """Where the table of an experiment lies."""
    return folder / f"{experiment}-{scale}.parquet"


def write_results(results: Results, folder: Path) -> Path:
    """Write `EXPERIMENT-SCALE.parquet` and `.csv`; returns the first one's path.

    Raises:
        FolderError: nothing can be written there.
    """
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    need_writable(folder)
    path = table_path(folder, results.experiment, results.scale)
    columns = list(dict.fromkeys(column for row in results.rows for column in row))
    table = pa.table({column: [row.get(column) for row in results.rows] for column in columns})
    about = asdict(replace(results, rows=[]))
    told = table.replace_schema_metadata({METADATA: json.dumps(about)})
    with atomic_write(path) as part:
        pa.parquet.write_table(told, part)
    with atomic_write(path.with_suffix(".csv")) as part:
        pa.csv.write_csv(table, part)
    return path


def read_results(path: Path) -> Results:
    """What `write_results` wrote.

    Raises:
        FolderError: the file holds no results.
    """
    import pyarrow as pa
    import pyarrow.parquet

    try:
        table = pa.parquet.read_table(path)
        about = json.loads((table.schema.metadata or {})[METADATA])
    except (OSError, KeyError, pa.ArrowException) as error:
        raise FolderError(f"{path} holds no results of this lab: {error}") from error
    return Results(**{**about, "rows": table.to_pylist()})


def read_tables(folder: Path) -> list[Results]:
    """All tables of a report, checked before its first page is written.

    Raises:
        FolderError: no folder with tables that `write_results` wrote.
        IsotopesError: a table of an experiment that isn't known.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "is not there"
        raise FolderError(
            f"a report needs the folder that `isotopes lab run` wrote its tables to, and {folder}"
            f" {what}"
        )
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise FolderError(
            f"{folder} holds no tables", hint="name the folder that `isotopes lab run` wrote to"
        )
    known, found = experiments(), []
    for path in paths:
        results = read_results(path)
        if results.experiment not in known:
            raise IsotopesError(
                f"{path} is of the experiment {results.experiment!r}, which is none of the lab's",
                hint=f"name the Python file that it comes from by --file FILE;"
                f" it was made by `{results.command}`",
            )
        found.append(results)
    return found
