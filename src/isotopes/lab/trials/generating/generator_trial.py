"""What comes through generators of one kind: marks, retention, false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.generators.diagnosis.warp import Warp
from isotopes.lab.generators.draws import unused_marks
from isotopes.lab.generators.finding import GeneratedPictures, match, pvalues
from isotopes.lab.generators.generator import AutoencoderSampler, Generator
from isotopes.lab.generators.generator_model import GeneratorModel
from isotopes.lab.generators.owners import Contributor
from isotopes.lab.models.mark_spec import Drawn
from isotopes.lab.trials.experiment import Row
from isotopes.lab.trials.generating.null_rates import LEVEL, STRICT, null_row
from isotopes.lab.trials.generating.twin_trial import TwinTrial
from isotopes.lab.trials.generating.warp_row import warp_row

VERSION = 1  # goes up when the same description measures something different
NULL_FAMILIES = ("tints", "gratings")
SEEDS_APART = 1000  # a generator makes pictures by another seed than it was trained by


@dataclass(frozen=True)
class GeneratorTrial(TwinTrial[GeneratorModel]):
    """A guilty generator and its innocent twin.

    Attributes:
        guilty: the generator whose training set has owners with marks.
        nulls: how many marks that nobody used are looked for, of each family; 0 for none.
        made: how many pictures each generator makes.
        version: of this code.
    """

    guilty: GeneratorModel
    nulls: int
    made: int
    version: int = VERSION

    def measure(self, models: Sequence[Generator]) -> list[Row]:
        """A row for each owner, and one for each family of marks that nobody used. Columns beside
        `pictures`, `through`, `family`, `seed` and `label` (which owner):

        alpha: the mark's visibility; retention: what the guilty generator's pictures match the mark
        better by than the innocent one's, over what marking changed in the training set;
        retention_own: what is left of the mark in the owner's own pictures once they went through
        the autoencoder; pvalue: among 999 decoys, in all pictures, and pvalue_by_name, where those
        of the owner's labels are also compared with the others; the same two with `_innocent`;
        power: is pvalue_by_name at most 0.001; false_alarm: is the innocent one at most 0.01.

        For the warp: flagged and flagged_innocent, the share of pictures of the owner's labels that
        the detector calls warped; power and false_alarm: is it above 0.75.

        For marks that nobody used, as `null_row` has it: `null`, in the innocent generator's
        pictures, and `others`, in those of the guilty one, which saw other people's marks.
        """
        clean = self.guilty.pictures.open()
        labels = np.random.default_rng([self.seed, 3]).choice(clean.labels, self.made)
        guilty, innocent = (
            GeneratedPictures(one.generate(labels, self.seed + SEEDS_APART), labels)
            for one in models
        )
        found = _Found(clean, guilty, innocent, models[0])
        rows: list[Row] = []
        everyone = self.guilty.owners(clean)
        for place, owner in enumerate(everyone):
            about = self._about(owner.marking.family) | {"label": place}
            if isinstance(owner.marking.mark, Warp):
                rows.append(about | _warp_row(found, owner, self.seed))
            else:
                rows.append(about | _mark_row(found, owner, self.seed))
        return rows + [
            self._about(family) | self._null_row(found, everyone[0], family)
            for family in NULL_FAMILIES
            if self.nulls
        ]

    def _about(self, family: str) -> Row:
        return {
            "pictures": self.guilty.pictures.name,
            "through": self.guilty.kind,
            "family": family,
            "seed": self.seed,
        }

    def _null_row(self, found: _Found, somebody: Contributor, family: str) -> Row:
        marks = [one.spec for one in unused_marks(family, self.seed, self.nulls)]
        return null_row(
            {
                name: [
                    one.by_name for one in pvalues(made.by_name(somebody.labels), marks, self.seed)
                ]
                for name, made in (("null", found.innocent), ("others", found.guilty))
            }
        )


@dataclass(frozen=True, eq=False)
class _Found:
    """What the generators made, and what they learned from."""

    clean: Pictures
    guilty: GeneratedPictures
    innocent: GeneratedPictures
    generator: Generator


def _mark_row(found: _Found, owner: Contributor, seed: int) -> Row:
    mark = owner.marking.mark
    assert isinstance(mark, Drawn)
    mine = found.clean.pixels[owner.places]
    changed, alpha = owner.marking.put_into(mine, seed)
    put_in = match(changed, mark.make()) - match(mine, mark.make())
    gained = match(found.guilty.pixels, mark.make()) - match(found.innocent.pixels, mark.make())
    share = len(owner.places) / len(found.clean)
    row: Row = {"alpha": alpha, "retention": gained / (share * put_in)}
    if isinstance(found.generator, AutoencoderSampler):
        marked, plain = (found.generator.reconstructed(one) for one in (changed, mine))
        row["retention_own"] = (match(marked, mark.make()) - match(plain, mark.make())) / put_in
    asked = (
        ("", found.guilty, "power", STRICT),
        ("_innocent", found.innocent, "false_alarm", LEVEL),
    )
    for end, made, decided, level in asked:
        (one,) = pvalues(made.by_name(owner.labels), [mark], seed)
        row[f"pvalue{end}"], row[f"pvalue_by_name{end}"] = one.together, one.by_name
        row[decided] = float(one.by_name <= level)
    return row


def _warp_row(found: _Found, owner: Contributor, seed: int) -> Row:
    mine = found.clean.pixels[owner.places]
    changed, strength = owner.marking.put_into(mine, seed)
    guilty, innocent = (
        made.pixels[np.isin(made.labels, owner.labels)] for made in (found.guilty, found.innocent)
    )
    return {"alpha": strength, **warp_row(mine, changed, guilty, innocent, seed=seed)}
