"""Section 9: a model goes on training. When is the mark forgotten, and does it come back?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar

from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.continued_trial import ContinuedTrial
from isotopes.lab.trials.countermeasure_trial import MARKS, undefended_trial
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, Row

# Times the epochs of the first training: on unmarked pictures, then on some marked ones.
STAGES = ((0, 0), (1, 0), (3, 0), (10, 0), (3, 1))


class Forgetting(Experiment):
    name: ClassVar[str] = "forgetting"
    title: ClassVar[str] = "marks in a model that goes on training"
    source: ClassVar[str] = "section 9, continual learning"
    figure: ClassVar[Figure] = Figure(
        "stage", ("v", "rank", "rank_innocent", "accuracy"), panel="marks"
    )
    notes: ClassVar[str] = (
        "The paper leaves this open, so there are no numbers of its to compare with. `clean` is how"
        " long the model went on with unmarked pictures of the same labels that it had not seen, in"
        " times the epochs of its first training, and `uploaded` how long after that with the same"
        " pictures, of which the owner has marked as many as before with the same mark. The rate is"
        " a quarter of the first training's, and falls to 0. The innocent models go on in the same"
        " way, without marks."
    )
    # Nothing is left to go on with where a model is trained on all of a label's pictures.
    scales: ClassVar[tuple[Scale, ...]] = ("desk",)
    shares_models: ClassVar[bool] = False

    def trials(self, scale: Scale) -> Iterator[ContinuedTrial]:
        for marks, seed in product(MARKS, range(SEEDS[scale])):
            first = undefended_trial(scale, seed, marks)
            for clean, uploaded in STAGES:
                condition: Row = {
                    "marks": marks,
                    "stage": f"clean {clean}" + (f", marked {uploaded}" if uploaded else ""),
                    "clean": clean,
                    "uploaded": uploaded,
                }
                yield ContinuedTrial(
                    tuple(sorted(condition.items())),
                    first.model,
                    first.level,
                    clean=clean,
                    uploaded=uploaded,
                )
