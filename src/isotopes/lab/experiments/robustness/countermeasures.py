"""Every countermeasure, weak and strong: accuracy lost against power left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from isotopes.lab.countermeasures import countermeasures
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.countermeasure_table import accused, countermeasure_table
from isotopes.lab.trials.countermeasure_trial import MARKS, CountermeasureTrial, defended_trials
from isotopes.lab.trials.experiment import Experiment, Figure, Row


class Countermeasures(Experiment):
    name: ClassVar[str] = "countermeasures"
    title: ClassVar[str] = "every countermeasure: what it costs, and what is still detected"
    source: ClassVar[str] = "section 8, appendix A.5, section 9, and what came since"
    figure: ClassVar[Figure] = Figure(
        "defence", ("searched", "rank", "v", "rank_innocent"), panel="marks", against="defence_lost"
    )
    notes: ClassVar[str] = (
        "`defence_lost` is the accuracy that the trainer gives up. `rank` and `searched` are our"
        " exact test at level 0.1 with the label named and not given, `_innocent` the same on"
        " models that saw no mark: how often a countermeasure makes us accuse wrongly. `strength`"
        " means something else for each countermeasure (docs/countermeasures.md). The marks of"
        " both kinds are in a tenth of each marked label's pictures, 25 at desk scale, and models"
        " are asked about other people's pictures. That is less than `isotopes mark` and `check`"
        " do by themselves, which mark all of a person's pictures and ask about those."
    )

    def trials(self, scale: Scale) -> Iterator[CountermeasureTrial]:
        for marks in MARKS:
            yield from defended_trials(scale, "", strengths=(0,), marks=marks, plain=False)
            for name, kind in countermeasures().items():
                # The weakest and the strongest: all of them would keep two cores busy for a day.
                ends = tuple(dict.fromkeys((kind.strengths[0], kind.strengths[-1])))
                yield from defended_trials(scale, name, strengths=ends, marks=marks, plain=False)

    def remarks(self, rows: Sequence[Row]) -> Iterator[str]:
        yield (
            "Means over the marks of all seeds, beside the row `none`. Where there are 30 marks, a"
            " rate of 0.5 is known to within 0.2, were they independent; differences of 0.1 between"
            " two rows say nothing. Innocent models were accused at level 0.1 in"
            f" {accused(rows, 'rank_innocent')} of the tests with the label named, and in"
            f" {accused(rows, 'searched_innocent')} with the label searched."
        )
        yield ""
        yield from countermeasure_table(rows)
