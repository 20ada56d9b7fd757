"""A mark on one person's pictures, in a generator that was fine-tuned on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isotopes.lab.generators.detector import ACCUSED, ASKED, looks_warped, warp_detector
from isotopes.lab.generators.finding import Made, null_pvalues, pvalue
from isotopes.lab.generators.fine_tuned_model import FineTunedModel
from isotopes.lab.generators.generator import Generator
from isotopes.lab.generators.warp import Warp
from isotopes.lab.models.mark_spec import Drawn
from isotopes.lab.trials.experiment import Row
from isotopes.lab.trials.generating.null_rates import LEVEL, STRICT, null_row
from isotopes.verify.matching.matched_filter import MatchedFilter

VERSION = 1  # goes up when the same description measures something different
SEEDS_APART = 1000  # a generator makes pictures by another seed than it was trained by


@dataclass(frozen=True)
class FineTuneTrial:
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

    @property
    def seed(self) -> int:
        """Of the fine-tunes."""
        return self.guilty.seed

    def models(self) -> tuple[FineTunedModel, FineTunedModel]:
        return self.guilty, self.guilty.innocent

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

        Of marks that nobody used: as `null_row` has it.
        """
        marking = self.guilty.marking
        assert marking is not None
        originals = self.guilty.originals().pixels
        changed, strength = marking.put_into(originals, self.seed)
        row: Row = {**dict(self.condition), "seed": self.seed}
        row |= {"made_from": len(originals), "alpha": strength}
        made = [self._made(model) for model in models]
        if isinstance(marking.mark, Warp):
            detector = warp_detector(originals, changed, self.seed)
            for end, one in zip(("", "_innocent"), made, strict=True):
                theirs = one.of(self.guilty.person)[:ASKED]
                row[f"flagged{end}"] = looks_warped(detector, theirs)
            row["power"] = float(float(str(row["flagged"])) > ACCUSED)
            row["false_alarm"] = float(float(str(row["flagged_innocent"])) > ACCUSED)
            return [row]
        mark = marking.mark
        assert isinstance(mark, Drawn)
        innocent: dict[str, MatchedFilter] = {}
        least = 1.0
        for one, end in zip(made, ("", "_innocent"), strict=True):
            innocent = self._filters(one, originals)
            for name, matched in innocent.items():
                found = pvalue(matched, mark)
                row[f"pvalue{name}{end}"] = found
                if not end:
                    row[f"power{name}"] = float(found <= STRICT)
                else:
                    least = min(least, found)
        row["false_alarm"] = float(least <= LEVEL / len(innocent))
        if self.nulls:
            filters = list(innocent.values())
            pvalues = null_pvalues(filters, mark.family, self.seed, self.nulls)
            row |= null_row({"null": pvalues.ravel()})
        return [row]

    def _made(self, model: Generator) -> Made:
        """Pictures by the person's name, then by names that the base knows."""
        known = np.unique(self.guilty.base.pictures.open().labels)
        others = np.random.default_rng([self.seed, 3]).choice(known, self.made)
        labels = np.concatenate([np.full(self.made, self.guilty.person), others])
        return Made(model.generate(labels, self.seed + SEEDS_APART), labels)

    def _filters(self, made: Made, originals: np.ndarray) -> dict[str, MatchedFilter]:
        theirs = made.of(self.guilty.person)
        return {
            "": Made(theirs, np.zeros(len(theirs), np.int64)).all_together(),
            "_by_name": made.by_name({self.guilty.person}),
            "_own": Made(
                np.concatenate([theirs, originals]),
                np.repeat(np.array([1, 0]), [len(theirs), len(originals)]),
            ).by_name({1}),
        }
