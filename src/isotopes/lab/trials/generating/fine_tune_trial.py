"""A mark on one person's pictures, in a generator that was fine-tuned on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.generators.diagnosis.warp import Warp
from isotopes.lab.generators.draws import in_parts, unused_marks
from isotopes.lab.generators.finding import GeneratedPictures, pvalues
from isotopes.lab.generators.fine_tuned_model import FineTunedModel
from isotopes.lab.generators.generator import Generator
from isotopes.lab.models.mark_spec import Drawn
from isotopes.lab.trials.experiment import Row
from isotopes.lab.trials.generating.null_rates import LEVEL, STRICT, null_row
from isotopes.lab.trials.generating.twin_trial import TwinTrial
from isotopes.lab.trials.generating.warp_row import warp_row

ALONE, BY_NAME, OWN = "", "_by_name", "_own"
SCORES = (ALONE, BY_NAME, OWN)  # what the columns of each score end in
VERSION = 2  # goes up when the same description measures something different
NULL_SETS = 5  # of decoys, for marks that nobody used
SEEDS_APART = 1000  # a generator makes pictures by another seed than it was trained by


@dataclass(frozen=True)
class FineTuneTrial(TwinTrial[FineTunedModel]):
    """A guilty fine-tune, and its innocent twin.

    Attributes:
        condition: what the rows say of it, sorted.
        guilty: the fine-tune of marked pictures.
        nulls: how many marks that nobody used are looked for, of the mark's family; 0 for none.
        made: how many pictures are asked for by the person's name, and by others'.
        version: of this code.
    """

    condition: tuple[tuple[str, str], ...]
    guilty: FineTunedModel
    nulls: int
    made: int
    version: int = VERSION

    def measure(self, models: Sequence[Generator]) -> list[Row]:
        """One row. Columns beside the condition's and `seed`:

        made_from: how many pictures the person had; alpha: the mark's visibility; pvalue: among 999
        decoys, in the pictures that were made by the person's name; pvalue_by_name: in those and
        others', and in their difference; pvalue_own: the same, but the person's unmarked originals
        take the others' place. They have nothing to do with the key, and hide what the person looks
        like. The same with `_innocent`, for a fine-tune of unmarked pictures. power, power_by_name
        and power_own: is the p-value at most 0.001; false_alarm: is the least innocent one at most
        0.01 / 3.

        For the warp, flagged and flagged_innocent: the share of 50 pictures that the detector calls
        warped; power and false_alarm: is it above 0.75.

        Of marks that nobody used, in the innocent fine-tune, as `null_row` has it: `null`,
        `null_by_name` and `null_own`.
        """
        marking = self.guilty.marking
        assert marking is not None
        originals = self.guilty.originals().pixels
        changed, strength = marking.put_into(originals, self.seed)
        row: Row = {**dict(self.condition), "seed": self.seed}
        row |= {"made_from": len(originals), "alpha": strength}
        guilty, innocent = (self._made(model) for model in models)
        if isinstance(marking.mark, Warp):
            first, second = (one.of(self.guilty.person) for one in (guilty, innocent))
            return [row | warp_row(originals, changed, first, second, seed=self.seed)]
        unused = [one.spec for one in unused_marks(marking.mark.family, self.seed, self.nulls)]
        nulls, least = {}, 1.0
        for name in SCORES:
            (one,) = self._pvalues(name, guilty, originals, [marking.mark])
            row |= {f"pvalue{name}": one, f"power{name}": float(one <= STRICT)}
            (one,) = self._pvalues(name, innocent, originals, [marking.mark])
            row[f"pvalue{name}_innocent"] = one
            least = min(least, one)
            nulls[f"null{name}"] = [
                pvalue
                for part, some in in_parts(unused, NULL_SETS)
                for pvalue in self._pvalues(name, innocent, originals, some, part)
            ]
        row["false_alarm"] = float(least <= LEVEL / len(SCORES))
        return [row | null_row(nulls)] if unused else [row]

    def _made(self, model: Generator) -> GeneratedPictures:
        """Pictures by the person's name, then by names that the base knows."""
        known = np.unique(self.guilty.base.pictures.open().labels)
        others = np.random.default_rng([self.seed, 3]).choice(known, self.made)
        labels = np.concatenate([np.full(self.made, self.guilty.person), others])
        return GeneratedPictures(model.generate(labels, self.seed + SEEDS_APART), labels)

    def _pvalues(
        self,
        name: str,
        made: GeneratedPictures,
        originals: NDArray[np.uint8],
        marks: Sequence[Drawn],
        part: int = 0,
    ) -> list[float]:
        """Of each mark, by one of `SCORES`, among the decoys of this part."""
        person = self.guilty.person
        theirs = made.of(person)
        if name == ALONE:
            matched = GeneratedPictures(theirs, np.full(len(theirs), person)).all_together()
        elif name == BY_NAME:
            matched = made.by_name({person})
        else:
            beside = np.concatenate([theirs, originals])
            whose = np.repeat(np.array([person, person + 1]), [len(theirs), len(originals)])
            matched = GeneratedPictures(beside, whose).by_name({person})
        return [one.by_name for one in pvalues(matched, marks, self.seed, part)]
