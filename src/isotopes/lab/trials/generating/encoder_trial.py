"""Does a contrastive encoder give away whose marked pictures it learned from?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.encoders.contrastive import Encoder
from isotopes.lab.encoders.encoder_model import EncoderModel, embed
from isotopes.lab.encoders.scores import SCORES, draw_scores
from isotopes.lab.generators.draws import KeptMark, decoys, in_parts, unused_marks
from isotopes.lab.generators.owners import Contributor, strength_for
from isotopes.lab.models.mark_spec import Drawn
from isotopes.lab.tasks import TaskSetting, probe_pictures
from isotopes.lab.train.recipe import RECIPES
from isotopes.lab.trials.experiment import Row
from isotopes.lab.trials.generating.null_rates import LEVEL, STRICT, null_row
from isotopes.lab.trials.generating.twin_trial import TwinTrial
from isotopes.stats.exact.rank import rank_test
from isotopes.stats.scores.parts import sum_of_parts

OWN, PROBES = 48, 16  # pictures that are asked about for each draw: the first again in a view
NULL_FAMILY, NULL_SETS = "gratings", 2  # and how many sets of decoys its marks are compared with
VERSION = 2  # goes up when the same description measures something different


@dataclass(frozen=True)
class EncoderTrial(TwinTrial[EncoderModel]):
    """A guilty encoder and its innocent twin.

    Attributes:
        guilty: the encoder whose training set has owners with marks.
        nulls: how many marks that nobody used are looked for.
        version: of this code.
    """

    guilty: EncoderModel
    nulls: int
    version: int = VERSION

    def measure(self, models: Sequence[Encoder]) -> list[Row]:
        """A row for each owner, and one for marks that nobody used. Columns beside `pictures`,
        `family`, `seed` and `label` (which owner):

        alpha: the mark's visibility; p_steady and p_together: of each score, among 999 decoys;
        pvalue: of their sum, each standardised over the draws; the same with `_innocent`; power: is
        pvalue at most 0.001; false_alarm: is pvalue_innocent at most 0.01.

        For marks that nobody used, as `null_row` has it: `null` for the innocent encoder, `others`
        for the guilty one, which saw other people's marks.
        """
        clean = self.guilty.pictures.open()
        setting = TaskSetting(None, None, clean.pixels.shape[1:3], "compact", RECIPES["desk"])
        held_out = probe_pictures(self.guilty.pictures.name, setting, 0, PROBES).pixels
        rng = np.random.default_rng([self.seed, 20])
        probes = held_out[rng.permutation(len(held_out))[:PROBES]]
        everyone = self.guilty.owners(clean)
        rows: list[Row] = []
        for place, owner in enumerate(everyone):
            pixels = clean.pixels[owner.places]
            alpha = strength_for(pixels, owner.marking.mark, owner.marking.psnr)
            asked = _Asked(rng.permutation(pixels)[:OWN], probes, alpha)
            row = _owner_row(models, asked, owner, self.seed)
            rows.append(self._about(owner) | {"label": place} | row)
        # The null marks are asked about as those of somebody with marks of their family would be.
        somebody = next(one for one in everyone if one.marking.family == NULL_FAMILY)
        pixels = clean.pixels[somebody.places]
        alpha = strength_for(pixels, somebody.marking.mark, somebody.marking.psnr)
        asked = _Asked(pixels[:OWN], probes, alpha)
        found = [_null_pvalues(model, asked, self.seed, self.nulls) for model in models]
        rows.append(self._about(somebody) | null_row({"others": found[0], "null": found[1]}))
        return rows

    def _about(self, owner: Contributor) -> Row:
        return {
            "pictures": self.guilty.pictures.name,
            "family": owner.marking.family,
            "seed": self.seed,
        }


@dataclass(frozen=True, eq=False)
class _Asked:
    """The pictures that an encoder is asked about, and how visible draws are in them."""

    own: NDArray[np.uint8]
    probes: NDArray[np.uint8]
    alpha: float

    def scores(self, model: Encoder, marks: Sequence[KeptMark]) -> NDArray[np.float64]:
        side = self.own.shape[1]
        rendered = (mark.render(side, side) for mark in marks)
        return draw_scores(partial(embed, model), self.own, self.probes, rendered, self.alpha)


def _owner_row(models: Sequence[Encoder], asked: _Asked, owner: Contributor, seed: int) -> Row:
    mark = owner.marking.mark
    assert isinstance(mark, Drawn)
    row: Row = {"alpha": asked.alpha}
    decided = (("", "power", STRICT), ("_innocent", "false_alarm", LEVEL))
    for model, (end, name, level) in zip(models, decided, strict=True):
        scores = asked.scores(model, [KeptMark(mark), *decoys(mark.family, seed)])
        for of, column in zip(SCORES, scores.T, strict=True):
            row[f"p_{of}{end}"] = rank_test(column[0], column[1:], level=1).pvalue
        pvalue = _pvalue(scores)
        row[f"pvalue{end}"] = pvalue
        row[name] = float(pvalue <= level)
    return row


def _null_pvalues(model: Encoder, asked: _Asked, seed: int, marks: int) -> list[float]:
    found = []
    for part, some in in_parts(unused_marks(NULL_FAMILY, seed, marks), NULL_SETS):
        compared = asked.scores(model, decoys(NULL_FAMILY, seed, part))
        found += [_pvalue(np.vstack([row, compared])) for row in asked.scores(model, some)]
    return found


def _pvalue(scores: NDArray[np.float64]) -> float:
    """Of the first of the draws, shape (draws, scores)."""
    total = sum_of_parts([scores[:, [column]] for column in range(scores.shape[1])])[:, 0]
    return rank_test(total[0], total[1:], level=1).pvalue
