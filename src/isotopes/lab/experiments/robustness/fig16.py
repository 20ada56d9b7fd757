"""Figure 16: additional marks on all of the trainer's pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.countermeasure_trial import CountermeasureTrial, defended_trials
from isotopes.lab.trials.experiment import Experiment, Figure, PaperNumber

MARKS = ("extra_marks", "verifiers_marks")


class Fig16(Experiment):
    name: ClassVar[str] = "fig16"
    title: ClassVar[str] = "traffic signs blended into every training picture"
    source: ClassVar[str] = "section 8.3 and figure 16"
    figure: ClassVar[Figure] = Figure(
        "strength", ("accuracy", "v", "v_d", "rank"), series="countermeasure"
    )
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        *(
            PaperNumber(
                "v",
                "<=",
                0.1,
                {"strength": (0.2, 0.5), "countermeasure": name},
                "'drops to 0 once alpha' >= 0.2'",
            )
            for name in MARKS
        ),
        PaperNumber(
            "defence_lost",
            ">=",
            0.05,
            {"strength": (0.2, 0.5), "countermeasure": MARKS[0]},
            "'at least 5% when 0.2'",
            0.0,
        ),
    )
    notes: ClassVar[str] = (
        "`strength` is alpha', the visibility of the trainer's marks: `extra_marks` are traffic"
        " signs as in the paper's text, `verifiers_marks` the verifier's own external marks as in"
        " its released code, which no trainer knows. There the columns `_innocent` are of the"
        " undefended model."
    )
    misses: ClassVar[Mapping[Scale, str]] = MappingProxyType(
        {
            "desk": (
                "We don't see the fall to 0, neither with the signs of the paper's text nor with"
                " the marks of its released code. Both lower V step by step, about as they lower"
                " accuracy, and not below the 0.4 that V says of innocent models. We don't know"
                " what made the difference: the paper's text gives neither the number of signs nor"
                " which probes V was given."
            )
        }
    )

    def trials(self, scale: Scale) -> Iterator[CountermeasureTrial]:
        for name in MARKS:
            yield from defended_trials(scale, name)
