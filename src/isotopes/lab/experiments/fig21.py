"""Figure 21: how many rounds does V need, and what does it say about two unused marks?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.answers import MarkAnswers, Predict, ask_marks
from isotopes.lab.models.marked_model import IsotopeSpec, MarkedModel
from isotopes.lab.tasks import label_count, probe_pictures
from isotopes.lab.tasks.task import Scale
from isotopes.lab.train.training import Model
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, PaperNumber, Row
from isotopes.lab.trials.marks_trial import (
    ACCURACY_PER_LABEL,
    LEVEL,
    RANK_PROBES,
    marks_trial,
)
from isotopes.lab.trials.measures import DECOYS, decoys, externals, rank_pvalue, v_rate
from isotopes.lab.trials.summary import mean_of

ROUNDS = (1, 3, 5, 10)
MARKED = 0.3  # of the labels
ALPHA, SHARE = 0.5, 0.1
TRUE, EXTERNAL = "true and external", "two external"


@dataclass(frozen=True)
class RoundsTrial:
    """V with different Q, on marks of the model and on marks that no model saw.

    Attributes:
        model: with isotopes of one family and key.
    """

    model: MarkedModel

    def models(self) -> tuple[MarkedModel, ...]:
        return self.model, self.model.innocent

    def measure(self, models: Sequence[Model]) -> list[Row]:
        """A row for each isotope, pair of marks and Q, which is called `rounds`.

        v: fraction of 5 external marks against which V detects the first mark of the pair;
            v_swapped:
        with the two marks swapped; v_excess: v minus v_swapped; rank: does our exact test, which
        has no rounds, detect the first mark. v_innocent and rank_innocent: on the model
        without isotopes.
        """
        true = self.model.isotopes
        unused = [
            replace(one, mark=one.mark.decoy(DECOYS + index)) for index, one in enumerate(true)
        ]
        pictures = probe_pictures(
            self.model.task, self.model.setting, self.model.seed, ACCURACY_PER_LABEL
        )
        rng = np.random.default_rng([self.model.seed, 5])
        order = rng.permutation(len(pictures))
        answers = [_ask(model.predict, pictures.at(order), [*true, *unused]) for model in models]
        return [
            {
                "pair": pair,
                "rounds": rounds,
                "seed": self.model.seed,
                "label": one.label,
                **_measures(answers, one, rounds),
            }
            for pair, some in ((TRUE, true), (EXTERNAL, unused))
            for one, rounds in product(some, ROUNDS)
        ]


class Fig21(Experiment):
    name: ClassVar[str] = "fig21"
    title: ClassVar[str] = "V against its number of rounds Q"
    source: ClassVar[str] = "appendix A.2 and figure 21"
    figure: ClassVar[Figure] = Figure("rounds", ("v", "v_swapped", "rank"), series="pair")
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        PaperNumber("v_excess", "=", 0.0, {"pair": EXTERNAL}, "'TPR = FPR' for two external marks"),
    )
    notes: ClassVar[str] = (
        "The figure's points are not in the paper's text. 30 % of the labels are marked, as in the"
        " paper. Of two external marks V_T is a false-positive rate: neither was in the data."
        " `rank` is our exact test at the same level."
    )
    misses: ClassVar[Mapping[Scale, str]] = MappingProxyType(
        {
            "desk": (
                "The excess is 0 in expectation, as both marks are draws of one rule. Three"
                " seeds, each with five external marks for all its pairs, are few to show it: a"
                " few draws weigh much."
            )
        }
    )

    def remarks(self, rows: Sequence[Row]) -> Iterator[str]:
        means = [
            mean_of([r for r in rows if (r["pair"], r["rounds"]) == (TRUE, rounds)], "v")
            for rounds in (1, 5, 10)
        ]
        one, five, ten = (None if mean is None else mean.mean for mean in means)
        if one is not None and five is not None and ten is not None:
            yield (
                f"V_T changes by {five - one:+.2f} from 1 round to 5 and by {ten - five:+.2f} from"
                " 5 to 10; in the paper it rises slightly to 5 and not significantly after."
            )

    def trials(self, scale: Scale) -> Iterator[RoundsTrial]:
        marked = round(MARKED * label_count("cifar100", scale))
        for seed in range(SEEDS[scale]):
            trial = marks_trial(
                "cifar100",
                scale,
                seed,
                alpha=ALPHA,
                mark_fraction=SHARE,
                labels=marked,
                condition={},
            )
            yield RoundsTrial(trial.model)


def _ask(
    predict: Predict, pictures: Pictures, isotopes: Sequence[IsotopeSpec]
) -> tuple[MarkAnswers, MarkAnswers]:
    """Many probes with few marks, for V; few with many, for the exact test."""
    marks = [one.mark for one in isotopes]
    few = pictures.at(np.arange(min(RANK_PROBES, len(pictures))))
    return (
        ask_marks(predict, pictures, [*marks, *externals(marks[0])], ALPHA),
        ask_marks(predict, few, [*marks, *decoys(marks[0])], ALPHA),
    )


def _measures(
    answers: Sequence[tuple[MarkAnswers, MarkAnswers]], isotope: IsotopeSpec, rounds: int
) -> Row:
    (many, few), (many_innocent, few_innocent) = answers
    v = v_rate(many, isotope, LEVEL, rounds=rounds)
    swapped = v_rate(many, isotope, LEVEL, swapped=True, rounds=rounds)
    return {
        "v": v,
        "v_swapped": swapped,
        "v_excess": v - swapped,
        "v_innocent": v_rate(many_innocent, isotope, LEVEL, rounds=rounds),
        "rank": float(rank_pvalue(few, isotope, LEVEL) <= LEVEL),
        "rank_innocent": float(rank_pvalue(few_innocent, isotope, LEVEL) <= LEVEL),
    }
