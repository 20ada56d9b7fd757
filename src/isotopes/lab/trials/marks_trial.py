"""The trial of most experiments: a model with isotopes, and the same model without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.answers import MarkAnswers, Predict, ask_marks
from isotopes.lab.models.mark_spec import MarkSpec, drawn, key_of
from isotopes.lab.models.marked_model import IsotopeSpec, MarkedModel, marked_labels, marked_model
from isotopes.lab.tasks import probe_pictures
from isotopes.lab.tasks.task import Scale
from isotopes.lab.train.training import Model
from isotopes.lab.trials.experiment import Row, Value
from isotopes.lab.trials.measures import (
    claim_rates,
    decoys,
    externals,
    rank_pvalue,
    v_d_rates,
    v_rate,
)

ACCURACY_PER_LABEL = 100  # held-out pictures that accuracy is measured on
V_PROBES = 1250  # Q rounds of n (section 5.1)
RANK_PROBES = 50
LEVEL = 0.1  # lambda; the exact tests are held to the same level
VERDICTS = ("v", "v_swapped", "v_d", "told_apart", "rank", "rank_pvalue")
VERSION = 2  # goes up when the same description measures something different


@dataclass(frozen=True)
class MarksTrial:
    """Models with and without isotopes, asked about each of the marks.

    Attributes:
        condition: its columns in the rows, as pairs.
        model: with isotopes.
        level: lambda, for V, V_D and the exact tests.
        version: of this code.
        own: which of the model's isotopes belong to this trial; empty for all. The others belong to
            trials that share the model.
    """

    condition: tuple[tuple[str, Value], ...]
    model: MarkedModel
    level: float = LEVEL
    version: int = VERSION
    own: tuple[IsotopeSpec, ...] = ()

    verdict_columns: ClassVar[tuple[str, ...]] = VERDICTS

    @property
    def isotopes(self) -> tuple[IsotopeSpec, ...]:
        """Those that it is about."""
        return self.own or self.model.isotopes

    def models(self) -> tuple[MarkedModel, ...]:
        return self.model, self.model.innocent

    def measure(self, models: Sequence[Model]) -> list[Row]:
        """A row for each isotope. Columns beside the condition, `seed` and `label`:

        v, v_swapped, v_d, told_apart, rank, rank_pvalue: as `verdicts` says; each also with
        `_innocent`, on the model that never saw a mark.
        accuracy, label_accuracy: of the model, and on pictures of the label; innocent_accuracy,
        innocent_label_accuracy: of the model without isotopes; accuracy_lost and
        label_accuracy_lost: how much less the model with isotopes has. Without `accuracy`,
        `innocent_accuracy` and `accuracy_lost` where trials share the model: it isn't of one
        condition.
        """
        guilty, innocent = (model.predict for model in models)
        return self.rows(guilty, innocent)

    def rows(self, guilty: Predict, innocent: Predict) -> list[Row]:
        """The rows of `measure`, for any model that answers."""
        pictures = self.pictures()
        rows = self.describe(guilty, innocent, pictures)
        right = [
            np.nan_to_num(predict(pictures.pixels)).argmax(axis=1) == pictures.labels
            for predict in (guilty, innocent)
        ]
        for row, isotope in zip(rows, self.isotopes, strict=True):
            mine = pictures.labels == isotope.label
            row.update(_accuracies("label_accuracy", *(one[mine] for one in right)))
            if not self.own:
                row.update(_accuracies("accuracy", *right))
        return rows

    def describe(self, guilty: Predict, innocent: Predict, pictures: Pictures) -> list[Row]:
        """The rows without accuracies, for any model that answers."""
        rows = self.verdicts(guilty, pictures)
        for row, other in zip(rows, self.verdicts(innocent, pictures), strict=True):
            row.update({f"{name}_innocent": other[name] for name in self.verdict_columns})
        return rows

    def verdicts(self, predict: Predict, pictures: Pictures) -> list[Row]:
        """The results of the paper's tests and ours for each isotope, learned or not.

        v: fraction of 5 external marks against which V detects it (the paper's V_T); v_swapped:
            with
        the two marks swapped (its V_F).
        v_d: fraction of the other labels' marks that V_D distinguishes it from; told_apart: the
            same by
        our exact test. rank: does the exact test detect it; rank_pvalue: its p-value.
        """
        return self.judged(*self._ask(predict, pictures))

    def judged(self, many: MarkAnswers, few: MarkAnswers) -> list[Row]:
        """The rows of `verdicts`, from answers to many probes with few marks and the reverse."""
        isotopes, level = self.isotopes, self.level
        v_d = v_d_rates(many, isotopes, level, np.random.default_rng(self.model.seed))
        told_apart = claim_rates(few, isotopes, level)
        pvalues = [rank_pvalue(few, one, level) for one in isotopes]
        return [
            {
                **dict(self.condition),
                "seed": self.model.seed,
                "label": one.label,
                "v": v_rate(many, one, level),
                "v_swapped": v_rate(many, one, level, swapped=True),
                "v_d": v_d[index],
                "told_apart": told_apart[index],
                "rank": float(pvalues[index] <= level),
                "rank_pvalue": pvalues[index],
            }
            for index, one in enumerate(isotopes)
        ]

    def _ask(self, predict: Predict, pictures: Pictures) -> tuple[MarkAnswers, MarkAnswers]:
        """Many probes with few marks, for V and V_D; few with many, for the exact tests."""
        isotopes = self.isotopes
        marks: list[MarkSpec] = [one.mark for one in isotopes]
        others = [mark for one in isotopes for mark in externals(one.mark)]
        every = [mark for one in isotopes for mark in decoys(one.mark)]
        rng = np.random.default_rng([self.model.seed, 5])
        order = rng.permutation(len(pictures))
        alpha = isotopes[0].alpha
        return (
            ask_marks(predict, pictures.at(order[:V_PROBES]), [*marks, *others], alpha),
            ask_marks(predict, pictures.at(order[:RANK_PROBES]), [*marks, *every], alpha),
        )

    def pictures(self) -> Pictures:
        """Held-out pictures: the probes are drawn from them."""
        return probe_pictures(
            self.model.task, self.model.setting, self.model.seed, ACCURACY_PER_LABEL
        )


def _accuracies(measure: str, guilty: NDArray[np.bool_], innocent: NDArray[np.bool_]) -> Row:
    ours, theirs = float(guilty.mean()), float(innocent.mean())
    return {measure: ours, f"innocent_{measure}": theirs, f"{measure}_lost": theirs - ours}


def marks_trial(
    task: str,
    scale: Scale,
    seed: int,
    *,
    alpha: float,
    mark_fraction: float,
    family: str = "imagenet_blend",
    labels: int = 1,
    marks_per_label: int = 1,
    condition: Mapping[str, Value],
    level: float = LEVEL,
) -> MarksTrial:
    """A trial whose marks are draws of one family under one key (`marks_key`).

    Args:
        alpha, mark_fraction: the same for all marks.
        labels: how many are marked.
        condition: columns of the rows.
    """
    chosen = marked_labels(task, scale, seed, labels, mark_fraction)
    key = marks_key(task, scale, seed, condition)
    isotopes = [
        IsotopeSpec(int(label), drawn(family, key, index), alpha, mark_fraction)
        for index, label in enumerate(np.repeat(chosen, marks_per_label))
    ]
    model = marked_model(task, scale, seed, isotopes)
    return MarksTrial(tuple(sorted(condition.items())), model, level)


def marks_key(task: str, scale: Scale, seed: int, condition: Mapping[str, Value]) -> str:
    """The key of a trial's marks: the same in all conditions, unless these share a model."""
    each = sorted(condition.items()) if scale == "packed" else []
    return key_of("marks", task, seed, *each)
