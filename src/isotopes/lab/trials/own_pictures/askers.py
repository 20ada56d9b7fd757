"""The people of a model whose labels are people, each of whom asks it about their own pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.methods.own_check import LEVEL, PICTURES, STAGES
from isotopes.lab.models.mark_spec import MarkSpec, drawn, key_of
from isotopes.lab.models.marked_model import IsotopeSpec, MarkedModel
from isotopes.lab.models.own_marks import FAINT
from isotopes.lab.tasks import training_pictures
from isotopes.lab.trials.experiment import Row


@dataclass(frozen=True, eq=False)
class Asker:
    """One person.

    Attributes:
        seed: of the model.
        label: the person's.
        album: originals of all of the person's pictures that the model learned from, uint8, shape
            (n, height, width, 3).
        pictures: those that are asked about; of people who marked theirs, such as were published
            with the mark.
        marks: the mark and its decoys; of people who marked nothing, a mark that no model saw.
        alpha: how visible it is.
        isotope: how the pictures are marked; None if they aren't.
    """

    seed: int
    label: int
    album: NDArray[np.uint8]
    pictures: NDArray[np.uint8]
    marks: tuple[MarkSpec, ...]
    alpha: float
    isotope: IsotopeSpec | None

    def order(self) -> np.random.Generator:
        """Draws the order of this person's queries."""
        return np.random.default_rng([self.seed, 12, self.label])

    def row(self, pvalue: float) -> Row:
        """What the person's check found.

        power: was the mark found at level 0.01, the label not given? None for unmarked labels.
        power_faint: the same of labels of which all pictures carry a faint mark.
        accused: was a mark found that no model saw? Of unmarked labels; None for others.
        pvalue: of the test.
        """
        found, isotope = float(pvalue <= LEVEL), self.isotope
        usual = isotope is not None and (isotope.alpha, isotope.mark_fraction) == (FAINT, 1)
        return {
            "seed": self.seed,
            "label": self.label,
            "power": None if isotope is None else found,
            "power_faint": found if usual else None,
            "accused": found if isotope is None else None,
            "pvalue": pvalue,
        }


def askers(model: MarkedModel) -> Iterator[Asker]:
    """The person of each label. They share their decoys, as one key draws these."""
    originals = training_pictures(model.task, model.setting, model.seed)
    isotopes = {one.label: one for one in model.isotopes}
    published = dict(zip(isotopes, model.marked_pictures()[1], strict=True))
    fresh = drawn(_family(model), key_of("own pictures/fresh", model.seed), 0)
    decoys = [fresh.decoy(index) for index in range(STAGES.decoys)]
    for label in range(len(originals.names)):
        isotope = isotopes.get(label)
        mine = np.flatnonzero(originals.labels == label)
        rng = np.random.default_rng([model.seed, 8, label])
        asked = np.sort(rng.permutation(published.get(label, mine))[:PICTURES])
        mark = fresh.decoy(STAGES.decoys + label) if isotope is None else isotope.mark
        yield Asker(
            model.seed,
            label,
            originals.pixels[mine],
            originals.pixels[asked],
            (mark, *decoys),
            FAINT if isotope is None else isotope.alpha,
            isotope,
        )


def _family(described: MarkedModel) -> str:
    """The one of all its marks."""
    return str(getattr(described.isotopes[0].mark, "family", ""))
