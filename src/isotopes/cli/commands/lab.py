"""`isotopes lab`: repeat the paper's experiments, or run your own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from isotopes.cli.terminal import count_files, show, tell
from isotopes.errors import IsotopesError
from isotopes.extras import how_to_install

if TYPE_CHECKING:
    from isotopes.lab.runner.engine import Engine
    from isotopes.lab.runner.experiment_run import ExperimentRun
    from isotopes.lab.runner.results import Results
    from isotopes.lab.runner.store import TrialOutcome
    from isotopes.lab.tasks.task import Scale
    from isotopes.lab.trials.experiment import Experiment, Trial

RESULTS = Path("lab-results")

app = typer.Typer(
    help="Repeat the paper's experiments on your own machine, or run one of your own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_experiments() -> None:
    """What can be run: experiments, tasks and networks."""
    with _lab():
        from isotopes.lab.networks import architectures, libraries
        from isotopes.lab.tasks import collections, tasks
        from isotopes.lab.trials.experiment import experiments

        for one in experiments().values():
            show(f"{one.name:16} {one.title} ({one.source})")
        show("")
        for task in tasks().values():
            show(f"{task.name:16} {task.summary}")
        for collection in collections().values():
            show(f"{collection.prefix + ':NAME':16} {collection.summary}")
        show("")
        for network in architectures().values():
            show(f"{network.name:16} {network.summary}")
        for library in libraries().values():
            show(f"{library.prefix + ':NAME':16} {library.summary}")


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="an experiment, `all`, or a Python file of yours")],
    scale: Annotated[
        Literal["desk", "paper", "packed"],
        typer.Option(
            help="desk: hours on two cores; paper: one GPU, the paper's settings; packed: one GPU,"
            " the paper's settings, but with many conditions in each model"
        ),
    ] = "desk",
    data: Annotated[
        Path, typer.Option(envvar="ISOTOPES_DATA", help="holds a folder for each image set")
    ] = Path("data"),
    cache: Annotated[
        Path | None,
        typer.Option(
            envvar="ISOTOPES_LAB_CACHE",
            help="where models and answers are kept (default: the system's cache folder)",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="where the tables go")] = RESULTS,
    workers: Annotated[int, typer.Option(min=1, help="jobs at a time; they share the cores")] = 1,
    engine: Annotated[
        Literal["local", "ray"],
        typer.Option(help="processes of this machine, or a Ray cluster (that of RAY_ADDRESS)"),
    ] = "local",
    tensorboard: Annotated[
        Path | None, typer.Option(help="a folder for the training curves")
    ] = None,
) -> None:
    """Train and measure what an experiment says.

    What the cache or the table in --out holds is reused. Ctrl-C writes a table of what is done.
    """
    os.environ["ISOTOPES_DATA"] = str(data.absolute())  # workers read it too
    if cache is not None:
        os.environ["ISOTOPES_LAB_CACHE"] = str(cache.absolute())
    with _lab():
        from isotopes.lab.folders import cache_folder
        from isotopes.lab.runner.experiment_run import ExperimentRun
        from isotopes.lab.runner.packed import trials_of
        from isotopes.lab.runner.results import need_writable

        if tensorboard is not None:
            _draw_curves(tensorboard)
        for folder in (out, cache_folder()):
            need_writable(folder)
        chosen, extension = _chosen(name, scale)
        trials = trials_of(chosen, scale)
        # Otherwise an experiment is the same, whatever runs beside it.
        together = extension is not None or scale == "packed"
        runs = [
            ExperimentRun(one, scale, trials[one.name], name if together else one.name, out)
            for one in chosen
        ]
        if empty := _carry_out_all(runs, engine, workers, extension):
            raise IsotopesError(f"no trial succeeded, so there is no table of {', '.join(empty)}")


def _carry_out_all(
    runs: Sequence[ExperimentRun], engine: Engine, workers: int, extension: Path | None
) -> list[str]:
    """The experiments that have no table in the end.

    Ctrl-C, at whatever moment, leaves a table of each that the cache holds trials of.
    """
    from isotopes.lab.runner.engine import open_engine

    empty, left = [], list(runs)
    try:
        with open_engine(engine, workers, extension) as executor:
            for one in runs:
                if not _carry_out(one, executor, workers):
                    empty.append(one.experiment.name)
                left.remove(one)
    except KeyboardInterrupt:
        for one in left:
            done = one.so_far()
            if done is not None and done.rows:
                _write(done, one.out)
        raise
    return empty


def _carry_out(run: ExperimentRun, engine: Executor, workers: int) -> bool:
    """Is there a table? If all trials failed, that of an earlier run stays."""
    run.take_over()
    outcomes = _outcomes(run.experiment.name, run.trials, engine, workers)
    results = run.gather(outcomes)
    for failure in sorted(set(results.failures)):
        tell(f"left out: {failure}")
    return _write(results, run.out)


def _write(results: Results, out: Path) -> bool:
    from isotopes.lab.runner.results import write_results

    if results.rows:
        show(write_results(results, out))
    if results.waiting:
        tell(f"{results.waiting} of {results.waiting + results.trials} trials are left")
    return bool(results.rows)


def _draw_curves(folder: Path) -> None:
    from isotopes.lab.runner.results import need_writable
    from isotopes.lab.train.tensorboard import need_tensorboard

    need_tensorboard()
    need_writable(folder)
    os.environ["ISOTOPES_LAB_TENSORBOARD"] = str(folder.absolute())


def _outcomes(
    name: str, trials: Sequence[Trial], engine: Executor, workers: int
) -> list[TrialOutcome]:
    from isotopes.lab.folders import cache_folder
    from isotopes.lab.runner.run import run_trials

    with count_files(name) as count:
        return run_trials(
            trials,
            cache_folder(),
            engine,
            slots=workers,
            progress=lambda done, total: count(done, total, ""),
            tell=tell,
        )


@app.command()
def report(
    tables: Annotated[Path, typer.Argument(help="the folder that `run` wrote")] = RESULTS,
    out: Annotated[Path, typer.Option(help="where the pages go")] = Path("docs/results"),
    file: Annotated[
        Path | None, typer.Option(help="the Python file of yours that the experiments come from")
    ] = None,
) -> None:
    """A page and a picture for each table: ours beside the paper's."""
    with _lab():
        from isotopes.lab.pages.report import write_report
        from isotopes.lab.runner.extension import load_extension

        if file is not None:
            load_extension(file.absolute())
        for page in write_report(tables, out):
            show(page)


def _chosen(name: str, scale: Scale) -> tuple[list[Experiment], Path | None]:
    """The experiments of that name, and the user's file that they come from, if any."""
    from isotopes.lab.runner.extension import load_extension
    from isotopes.lab.trials.experiment import experiments, get_experiment

    if name == "all":
        return [one for one in experiments().values() if scale in one.scales], None
    if not name.endswith(".py"):
        return [get_experiment(name)], None
    path = Path(name).absolute()
    module = load_extension(path)
    found = [one for one in experiments().values() if type(one).__module__ == module]
    if not found:
        raise IsotopesError(
            f"{name} defines no experiment",
            hint="derive a class from isotopes.lab.trials.experiment.Experiment",
        )
    return found, path


@contextmanager
def _lab() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise IsotopesError(f"the lab needs {error.name}", hint=how_to_install("lab")) from error
