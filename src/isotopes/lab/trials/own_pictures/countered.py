"""A countermeasure on a model of people who marked their own pictures and now ask about these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isotopes.lab.countermeasures.countermeasure import (
    AnswerChange,
    Countermeasure,
    answers_through,
    get_countermeasure,
)
from isotopes.lab.countermeasures.defended_model import DefendedModel
from isotopes.lab.methods.own_check import own_check_pvalue
from isotopes.lab.models.answers import Predict
from isotopes.lab.models.bank import Specification
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.tasks import probe_pictures
from isotopes.lab.train.training import Model
from isotopes.lab.trials.experiment import Row, Value
from isotopes.lab.trials.own_pictures.askers import askers

ACCURACY_PER_LABEL = 50  # held-out pictures that accuracy is measured on
VERSION = 1  # goes up when the same description measures something different


@dataclass(frozen=True)
class OwnPicturesTrial:
    """The usual check, once for each label of a model that does something against it.

    Attributes:
        condition: its columns in the rows, as pairs.
        model: half of its labels carry marks.
        countermeasure: its name; empty for none.
        strength: how strongly it is applied.
        version: of this code.
    """

    condition: tuple[tuple[str, Value], ...]
    model: MarkedModel
    countermeasure: str = ""
    strength: float = 0.0
    version: int = VERSION

    def models(self) -> tuple[Specification, ...]:
        """The defended one, then the one without the countermeasure."""
        if not self.countermeasure or isinstance(self._countermeasure(), AnswerChange):
            return (self.model,)
        return DefendedModel(self.model, self.countermeasure, self.strength), self.model

    def measure(self, models: Sequence[Model]) -> list[Row]:
        """A row for each label. Columns beside the condition, `seed` and `label`:

        power, power_faint, accused, pvalue: as `Asker.row`.
        accuracy, plain_accuracy, defence_lost: of this model, of the one without the
        countermeasure, and how much less this one has.
        """
        asked, plain = models[0], models[-1]
        # Once for all labels: a service that remembers queries starts afresh with each person.
        lost = self._accuracies(asked, plain)
        rows: list[Row] = []
        for one in askers(self.model):
            pvalue = own_check_pvalue(
                self._answers(asked), one.pictures, one.marks, one.alpha, one.order()
            )
            rows.append({**dict(self.condition), **one.row(pvalue), **lost})
        return rows

    def _accuracies(self, asked: Model, plain: Model) -> Row:
        held_out = probe_pictures(
            self.model.task, self.model.setting, self.model.seed, ACCURACY_PER_LABEL
        )
        answers = np.nan_to_num(self._answers(asked)(held_out.pixels))
        accuracy = float((answers.argmax(axis=1) == held_out.labels).mean())
        before = plain.accuracy(held_out)
        return {
            "accuracy": accuracy,
            "plain_accuracy": before,
            "defence_lost": before - accuracy,
        }

    def _countermeasure(self) -> Countermeasure:
        return get_countermeasure(self.countermeasure, self.strength)

    def _answers(self, model: Model) -> Predict:
        return answers_through(self.countermeasure, self.strength, model, self.model.seed)
