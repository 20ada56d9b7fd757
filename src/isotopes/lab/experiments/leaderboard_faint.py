"""The leaderboard at one visibility: what people would post."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from isotopes.lab.experiments.leaderboard import SEEDS, Leaderboard, method_trials
from isotopes.lab.methods import audit_methods
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.audit_trial import MethodTrial

# They change pictures as little, or not at all, with the settings of their articles.
AS_THEY_ARE = ("LiRA", "loss threshold", "published twins", "radioactive data")


class FaintLeaderboard(Leaderboard):
    name: ClassVar[str] = "leaderboard_faint"
    title: ClassVar[str] = "finding one person's pictures, by method, at equal visibility"
    source: ClassVar[str] = "ours"
    notes: ClassVar[str] = (
        "As the leaderboard of methods, but nobody changes pictures by more than 28 dB allow:"
        " methods that do are faded to that PSNR, and pictures that are changed less or not at all"
        " stay. Isotopes are those of `mark --visibility plain`, checked as `check` does it: no"
        " label is given, and one's own pictures are asked about, six of them by the usual check or"
        " all 25. A faded trigger is asked about at full strength. Nothing was tuned."
    )

    def trials(self, scale: Scale) -> Iterator[MethodTrial]:
        yield from method_trials(
            scale,
            SEEDS,
            [
                method
                for method in audit_methods().values()
                if method.faint or method.name in AS_THEY_ARE
            ],
        )
