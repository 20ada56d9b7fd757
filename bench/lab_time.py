"""How long did the lab's desk scale take? `python -m bench.lab_time`, after `isotopes lab run all`.

Goal: all experiments within four hours on two cores. A model that several experiments ask is
trained once and counted once, for the first of them by name; two processes of one thread each halve
the sum, as long as there are models left for both.
"""

from __future__ import annotations

from typing import Any

from bench.record import record
from isotopes.errors import IsotopesError
from isotopes.lab.folders import cache_folder
from isotopes.lab.runner.store import Store, identity
from isotopes.lab.trials.experiment import Experiment, experiments

GOAL = 4.0  # hours
WORKERS = 2


def main() -> None:
    store, known = Store(cache_folder()), set[str]()
    rows = [of_experiment(one, store, known) for _, one in sorted(experiments().items())]
    seconds = sum(row["training"] + row["measuring"] for row in rows)
    hours = seconds / WORKERS / 3600
    rows.append(
        {
            "measure": f"all, {WORKERS} workers, hours",
            "models": len(known),
            "hours": round(hours, 2),
            "ratio": round(hours / GOAL, 2),
            "goal": f"at most 1 ({GOAL:g} h)",
        }
    )
    record("lab_time", rows, "python -m bench.lab_time")


def of_experiment(experiment: Experiment, store: Store, known: set[str]) -> dict[str, Any]:
    """Seconds of one process; models in `known` are not counted again."""
    training = measuring = 0.0
    models = 0
    for trial in experiment.trials("desk"):
        measured = store.found(trial)
        if measured is None:
            raise IsotopesError(
                f"a trial of {experiment.name} was not measured",
                hint=f"isotopes lab run {experiment.name} --workers {WORKERS}",
            )
        measuring += measured.seconds
        for model in trial.models():
            spent = store.seconds(model)
            measuring -= spent
            if identity(model) not in known:
                known.add(identity(model))
                training += spent
                models += 1
    return {
        "measure": f"{experiment.name}, seconds of one process",
        "models": models,
        "training": round(training),
        "measuring": round(measuring),
    }


if __name__ == "__main__":
    main()
