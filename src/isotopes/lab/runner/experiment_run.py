"""The run of one experiment: it goes on from the table of an earlier one, and leaves a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from isotopes.lab.folders import cache_folder
from isotopes.lab.runner.results import (
    Results,
    gather_outcomes,
    measured_outcomes,
    read_results,
    table_path,
)
from isotopes.lab.runner.store import Store, TrialOutcome
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import Experiment, Trial


@dataclass(frozen=True)
class ExperimentRun:
    """What is to be run, and where its table goes.

    Attributes:
        said: the argument of `isotopes lab run`.
        out: the folder of the table.
    """

    experiment: Experiment
    scale: Scale
    trials: Sequence[Trial]
    said: str
    out: Path

    def take_over(self) -> None:
        """A table that came from another machine saves running its trials again.

        Raises:
            FolderError: what lies in the table's place is none.
        """
        earlier = self._earlier()
        if earlier is not None:
            Store(cache_folder()).take_over(measured_outcomes(earlier))

    def gather(self, outcomes: Sequence[TrialOutcome | None]) -> Results:
        """The table's content.

        Args:
            outcomes: one for each trial; None if it was not run.
        """
        return gather_outcomes(self.experiment, self.scale, self.trials, outcomes, self.said)

    def so_far(self) -> Results | None:
        """What a run that was stopped has done.

        None if the table there holds more, such as one of older code.
        """
        store, earlier = Store(cache_folder()), self._earlier()
        results = self.gather([store.found(trial) for trial in self.trials])
        return results if earlier is None or len(earlier.rows) <= len(results.rows) else None

    def _earlier(self) -> Results | None:
        path = table_path(self.out, self.experiment.name, self.scale)
        return read_results(path) if path.exists() else None
