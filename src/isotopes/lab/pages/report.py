"""An experiment's results as a Markdown page: ours beside the paper's, with every miss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from isotopes.lab.pages.plot import draw_plot
from isotopes.lab.runner.machine import in_words
from isotopes.lab.runner.packed import MOST_MARKED
from isotopes.lab.runner.results import Results, need_writable, read_tables
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import (
    SEEDS,
    TOLERANCE,
    Experiment,
    PaperNumber,
    get_experiment,
)
from isotopes.lab.trials.summary import compare, conditions, mean_of


def write_report(tables: Path, out: Path) -> list[Path]:
    """A page and a picture for each table in a folder.

    Args:
        tables: holds what `write_results` wrote.
        out: created if it doesn't exist.

    Raises:
        IsotopesError: a table of an experiment that isn't known.
        FolderError: no tables of ours there, or `out` can't be written; no page is, then.
    """
    found = read_tables(tables)
    need_writable(out)
    return [write_table_page(results, out) for results in found]


def write_table_page(results: Results, out: Path) -> Path:
    """One table's page, `EXPERIMENT-SCALE.md`, with its picture beside it."""
    experiment = get_experiment(results.experiment)
    stem = f"{results.experiment}-{results.scale}"
    out.mkdir(parents=True, exist_ok=True)
    if results.rows:
        draw_plot(experiment, results.rows, out / f"{stem}.png")
    page = out / f"{stem}.md"
    lines = [
        f"# {experiment.title}",
        "",
        f"Source: {experiment.source}. At {results.scale} scale: `{results.command}`.",
        *_paragraph(experiment.notes),
        *_paragraph(_of_scale(experiment, results.scale)),
        *([] if not results.rows else ["", f"![{experiment.title}]({stem}.png)"]),
        "",
        *_comparison(experiment, results),
        *_remarks(experiment, results),
        *_means(experiment, results),
        *_about(results),
    ]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return page


def _comparison(experiment: Experiment, results: Results) -> Iterator[str]:
    found = compare(experiment.claims, results.rows)
    why = experiment.misses.get(results.scale)
    compared = [one for one in found if one.ours is not None]
    if compared:
        missed = [one for one in compared if not one.agrees]
        yield "## Beside the paper"
        yield ""
        yield (
            f"{len(compared) - len(missed)} of {len(compared)} numbers agree within {TOLERANCE:g},"
            " or as stands beside them. Ours are means of the seeds, with the lowest and the"
            " highest seed."
        )
        yield from _table(
            ("where", "measure", "paper", "ours", "seeds", "agrees"),
            [
                (
                    _where(one.claim),
                    one.claim.measure,
                    _number(one.claim),
                    str(one.ours),
                    str(one.ours.seeds) if one.ours else "",
                    "yes" if one.agrees else "**no**",
                )
                for one in compared
            ],
        )
        if missed and why is not None:
            yield f"Why some are missed: {why}"
            yield ""
    silent = [one for one in found if one.ours is None]
    if silent:
        yield f"{len(silent)} numbers are of conditions that this scale leaves out."
        yield ""


def _remarks(experiment: Experiment, results: Results) -> Iterator[str]:
    remarks = list(experiment.remarks(results.rows))
    yield from (*remarks, "") if remarks else ()


def _means(experiment: Experiment, results: Results) -> Iterator[str]:
    if not results.rows:
        return
    columns = experiment.figure.conditions
    known = dict.fromkeys(column for row in results.rows for column in row)
    measures = [name for name in known if name not in {*columns, "seed", "label"}]
    measures = [name for name in measures if mean_of(results.rows, name) is not None]
    yield "## All conditions"
    yield from _table(
        (*columns, *measures, "rows"),
        [
            (
                *map(str, key),
                *(str(mean_of(rows, measure) or "") for measure in measures),
                str(len(rows)),
            )
            for key, rows in conditions(results.rows, experiment.figure).items()
        ],
    )


def _about(results: Results) -> Iterator[str]:
    seeds = sorted({int(str(row["seed"])) for row in results.rows})
    yield "## How it was measured"
    yield ""
    yield (
        f"{results.trials} trials with seeds {', '.join(map(str, seeds))}; {len(results.rows)}"
        f" rows; {results.seconds / 60:.0f} minutes of one process for training and measuring"
        f" ({results.seconds / max(results.trials, 1):.0f} s a trial), models that other trials or"
        f" pages share counted with each of them, on {_machines(results)}; {results.date}."
    )
    of_all = SEEDS[results.scale]
    if len(seeds) < of_all:
        yield ""
        yield f"Only {len(seeds)} of {of_all} seeds have been run so far."
    if results.waiting:
        yield ""
        yield f"{results.waiting} more trials have not been run yet."
    if results.failures:
        yield ""
        yield f"Trials without rows: {len(results.failures)}, because " + "; ".join(
            sorted(set(results.failures))
        )


def _machines(results: Results) -> str:
    """Where the trials were measured, the machine with most of them first."""
    if not results.measured_on:
        return in_words(results.machine, results.versions)
    measured = results.trials - len(results.failures)
    noted = sum(results.measured_on.values())
    if list(results.measured_on.values()) == [measured]:
        return next(iter(results.measured_on))
    parts = [f"{where} (trials: {count})" for where, count in results.measured_on.items()]
    if noted < measured:
        parts.append(f"a machine that was not noted (trials: {measured - noted})")
    return "; ".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield ""
    for row in (head, ["---"] * len(head), *rows):
        yield "| " + " | ".join(row) + " |"
    yield ""


def _paragraph(text: str) -> Sequence[str]:
    return ["", text] if text else []


def _of_scale(experiment: Experiment, scale: Scale) -> str:
    if scale != "packed" or not experiment.shares_models:
        return ""
    return (
        "Conditions share models here: each has a label and marks of its own in a model that has as"
        f" many as {MOST_MARKED:.0%} of its labels marked. So no condition has an accuracy of the"
        " whole model, and the time of each training is counted with every condition in it."
    )


def _number(claim: PaperNumber) -> str:
    said = f"{claim.relation} {claim.value:g}".removeprefix("= ")
    return said if claim.tolerance == TOLERANCE else f"{said} (within {claim.tolerance:g})"


def _where(claim: PaperNumber) -> str:
    parts = [
        f"{column} {value[0]:g} to {value[1]:g}"
        if isinstance(value, tuple)
        else f"{column} {value}"
        for column, value in claim.where.items()
    ]
    said = ", ".join(parts) or "all"
    return f"{said} ({claim.source})" if claim.source else said
