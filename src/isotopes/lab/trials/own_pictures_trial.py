"""A countermeasure on a model of people who marked their own pictures and now ask about these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.countermeasures.countermeasure import (
    AnswerChange,
    Countermeasure,
    answers_through,
    get_countermeasure,
)
from isotopes.lab.countermeasures.defended_model import DefendedModel
from isotopes.lab.methods.own_check import LEVEL, PICTURES, STAGES, own_check_pvalue
from isotopes.lab.models.answers import Predict
from isotopes.lab.models.bank import Specification
from isotopes.lab.models.mark_spec import MarkSpec, drawn, key_of
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.models.own_marks import FAINT
from isotopes.lab.tasks import probe_pictures, training_pictures
from isotopes.lab.train.training import Model
from isotopes.lab.trials.experiment import Row, Value
from isotopes.seeds import derive

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

        power: was its mark found at level 0.01, the label not given? None for unmarked labels.
        power_faint: the same of labels of which all pictures carry a faint mark.
        accused: was a mark found that no model saw? Of unmarked labels; None for others.
        pvalue: of the test.
        accuracy, plain_accuracy, defence_lost: of this model, of the one without the
        countermeasure, and how much less this one has.
        """
        asked, plain = models[0], models[-1]
        # Once for all labels: a service that remembers queries starts afresh with each person.
        lost = self._accuracies(asked, plain)
        isotopes = {one.label: one for one in self.model.isotopes}
        fresh = drawn(_family(self.model), key_of("own pictures/fresh", self.model.seed), 0)
        decoys: list[MarkSpec] = [fresh.decoy(index) for index in range(STAGES.decoys)]
        rows: list[Row] = []
        for label, own in self._own_pictures().items():
            isotope = isotopes.get(label)
            mark = fresh.decoy(STAGES.decoys + label) if isotope is None else isotope.mark
            alpha = FAINT if isotope is None else isotope.alpha
            rng = np.random.default_rng([self.model.seed, 12, label])
            predict = self._answers(asked)
            pvalue = own_check_pvalue(
                predict, own, [mark, *decoys], alpha, rng, disguise=self._disguise(label)
            )
            found = float(pvalue <= LEVEL)
            usual = isotope is not None and (isotope.alpha, isotope.mark_fraction) == (FAINT, 1)
            rows.append(
                {
                    **dict(self.condition),
                    "seed": self.model.seed,
                    "label": label,
                    "power": None if isotope is None else found,
                    "power_faint": found if usual else None,
                    "accused": found if isotope is None else None,
                    "pvalue": pvalue,
                    **lost,
                }
            )
        return rows

    def _disguise(self, label: int) -> bytes | None:
        """The seed of the queries' changes; None for the usual check, which makes none."""
        del label
        return None

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

    def _own_pictures(self) -> dict[int, NDArray[np.uint8]]:
        """Originals of the pictures that are asked about, of each label; of marked labels, such as
        were published with the mark.
        """
        originals = training_pictures(self.model.task, self.model.setting, self.model.seed)
        places = {
            label: np.flatnonzero(originals.labels == label)
            for label in range(len(originals.names))
        }
        chosen = self.model.marked_pictures()[1]
        for isotope, marked in zip(self.model.isotopes, chosen, strict=True):
            places[isotope.label] = marked
        found = {}
        for label, mine in places.items():
            rng = np.random.default_rng([self.model.seed, 8, label])
            found[label] = originals.pixels[np.sort(rng.permutation(mine)[:PICTURES])]
        return found

    def _countermeasure(self) -> Countermeasure:
        return get_countermeasure(self.countermeasure, self.strength)

    def _answers(self, model: Model) -> Predict:
        return answers_through(self.countermeasure, self.strength, model, self.model.seed)


@dataclass(frozen=True)
class DisguisedTrial(OwnPicturesTrial):
    """As `OwnPicturesTrial`, with queries that don't look alike.

    Attributes:
        trial_version: of this code.
    """

    trial_version: int = VERSION

    def _disguise(self, label: int) -> bytes:
        return derive(bytes(32), f"isotopes/v1/lab/disguise/{self.model.seed}/{label}")


def _family(described: MarkedModel) -> str:
    """The one of all its marks."""
    return str(getattr(described.isotopes[0].mark, "family", ""))
