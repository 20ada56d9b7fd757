"""A countermeasure on a model with isotopes, and on the same model without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import ClassVar

import numpy as np

from isotopes.lab.countermeasures.countermeasure import (
    AnswerChange,
    Countermeasure,
    Filter,
    answers_through,
    countermeasures,
    get_countermeasure,
)
from isotopes.lab.countermeasures.defended_model import DefendedModel
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.models.answers import MarkAnswers, Predict
from isotopes.lab.models.bank import Specification
from isotopes.lab.tasks.task import Scale
from isotopes.lab.train.training import Model
from isotopes.lab.trials.experiment import SEEDS, Row
from isotopes.lab.trials.marks_trial import VERDICTS, MarksTrial, marks_trial
from isotopes.lab.trials.measures import search_pvalue
from isotopes.stats.scores.statistic import probability, top_rank

VERSION = 1  # goes up when the same description measures something different

TASK = "cifar100"
# Labels that are marked: a quarter in the paper; half at desk scale, to have more marks a model.
MARKED: Mapping[Scale, int] = {"desk": 10, "paper": 25, "packed": 25}
MARK_FRACTION = 0.1
# Family and alpha by name: the paper's marks, and what `isotopes mark` takes by itself.
MARKS: Mapping[str, tuple[str, float]] = {
    "paper": ("imagenet_blend", 0.4),
    "default": ("tints", 0.32),
}


@dataclass(frozen=True)
class CountermeasureTrial(MarksTrial):
    """As `MarksTrial`, with a trainer or service that acts against isotopes.

    Attributes:
        countermeasure: its name; empty for none.
        strength: how strongly it is applied.
        trial_version: of this code.
    """

    countermeasure: str = field(kw_only=True)
    strength: float = field(kw_only=True)
    trial_version: int = field(default=VERSION, kw_only=True)

    verdict_columns: ClassVar[tuple[str, ...]] = (*VERDICTS, "searched")

    def models(self) -> tuple[Specification, ...]:  # type: ignore[override]
        """With isotopes and without, both defended; then the two undefended."""
        plain = (self.model, self.model.innocent)
        if not self.countermeasure or isinstance(self._countermeasure(), AnswerChange):
            return plain
        return (
            *(DefendedModel(model, self.countermeasure, self.strength) for model in plain),
            self.model,
        )

    def measure(self, models: Sequence[Model]) -> list[Row]:
        """The rows of `MarksTrial`, with these columns too:

        searched, searched_innocent: as `rank`, the label not given.
        plain_accuracy, defence_lost: accuracy of the undefended model with isotopes, and how much
        less the defended one has.
        dropped, precision, recall: of a filter: the fraction of pictures thrown away, of those the
        fraction that carry the row's mark or another, and of the marked the fraction thrown away.
        """
        guilty, innocent, plain = models[0], models[1], models[-1 if len(models) == 3 else 0]
        asked = [self._answers(model) for model in (guilty, innocent)]
        rows = self.rows(*asked)
        accuracy = plain.accuracy(self.pictures())
        extra: Row = {"plain_accuracy": accuracy}
        if self.countermeasure and isinstance(defence := self._countermeasure(), Filter):
            extra |= self._filtered(defence, plain)
        for row in rows:
            lost = accuracy - float(row["accuracy"] or 0)
            row.update({**extra, "defence_lost": lost})
        return rows

    def judged(self, many: MarkAnswers, few: MarkAnswers) -> list[Row]:
        rows = super().judged(many, few)
        for row, isotope in zip(rows, self.isotopes, strict=True):
            row["searched"] = float(search_pvalue(few, isotope, self.level) <= self.level)
        return rows

    def _ask(self, predict: Predict, pictures: Pictures) -> tuple[MarkAnswers, MarkAnswers]:
        """The paper's tests use ranks if labels are hidden (section 8.4)."""
        many, few = super()._ask(predict, pictures)
        score = top_rank if np.isnan(many.values).any() else probability
        return replace(many, values=score(many.values)), few

    def _countermeasure(self) -> Countermeasure:
        return get_countermeasure(self.countermeasure, self.strength)

    def _answers(self, model: Model) -> Predict:
        return answers_through(self.countermeasure, self.strength, model, self.model.seed)

    def _filtered(self, defence: Filter, plain: Model) -> Row:
        pictures, chosen = self.model.marked_pictures()
        dropped = ~defence.keep(pictures, plain, self.model.seed)
        marked = np.zeros(len(pictures), bool)
        marked[np.concatenate(chosen)] = True
        both = float((dropped & marked).sum())
        return {
            "dropped": float(dropped.mean()),
            "precision": both / max(1, int(dropped.sum())),
            "recall": both / int(marked.sum()),
        }


def undefended_trial(scale: Scale, seed: int, marks: str) -> MarksTrial:
    """The model on CIFAR-100 that countermeasures are tried on, one for each seed and kind of mark.

    Args:
        marks: a name in `MARKS`.
    """
    family, alpha = MARKS[marks]
    return marks_trial(
        TASK,
        scale,
        seed,
        alpha=alpha,
        mark_fraction=MARK_FRACTION,
        family=family,
        labels=MARKED[scale],
        condition={"marks": marks},
    )


def defended_trials(
    scale: Scale,
    countermeasure: str,
    *,
    strengths: Sequence[float] | None = None,
    marks: str = "paper",
    plain: bool = True,
) -> Iterator[CountermeasureTrial]:
    """A countermeasure on CIFAR-100 at several strengths, with all seeds.

    Args:
        strengths: those to try; None for the countermeasure's own.
        marks: a name in `MARKS`.
        plain: also without the countermeasure, as strength 0.
    """
    if strengths is None:
        strengths = countermeasures()[countermeasure].strengths
    conditions = [("", 0.0)] * plain + [(countermeasure, float(one)) for one in strengths]
    for seed, (name, strength) in product(range(SEEDS[scale]), conditions):
        trial = undefended_trial(scale, seed, marks)
        condition: Row = {
            "marks": marks,
            "countermeasure": name or countermeasure or "none",
            "strength": strength,
            "defence": f"{name} {strength:g}" if name else "none",
        }
        yield CountermeasureTrial(
            tuple(sorted(condition.items())),
            trial.model,
            trial.level,
            countermeasure=name,
            strength=strength,
        )
