"""How many of a person's pictures does an opponent need to average their mark out?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.averaging_trial import AveragingTrial, averaging_trial
from isotopes.lab.trials.countermeasure_trial import MARKS
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure

PICTURES = (500, 5, 20, 50, 100, 200)


class Averaging(Experiment):
    name: ClassVar[str] = "averaging"
    title: ClassVar[str] = "a mark estimated from a person's pictures, and subtracted"
    source: ClassVar[str] = "ours: an opponent who knows the method, not the key"
    figure: ClassVar[Figure] = Figure("pictures", ("correlation", "left"), series="marks")
    notes: ClassVar[str] = (
        "All of the person's pictures carry one mark, as somebody may publish them; the opponent"
        " also has 500 of other people's. `correlation` is of the estimate with what the mark"
        " changes; `left` is how much of that change stays once the estimate is subtracted; `psnr`"
        " and `psnr_marked` are of the cleaned and of the published pictures against the originals:"
        " with few pictures the estimate holds their content too, and cleaning does more harm than"
        " the mark. No model is trained. Photographs of 1,000 different things: a person's"
        " own are more alike, which makes the estimate worse."
    )
    shares_models: ClassVar[bool] = False

    def trials(self, scale: Scale) -> Iterator[AveragingTrial]:
        for marks, (family, alpha) in MARKS.items():
            for seed in range(SEEDS[scale]):
                for pictures in PICTURES:
                    yield averaging_trial(marks, family, alpha, pictures, seed)
