"""Isotopes: a keyed mark in one's pictures, ranked among decoys of the same key."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from isotopes.blending import blend
from isotopes.lab.methods.method import Asked, AuditFinding, AuditMethod, Needs, Owner, Scene
from isotopes.lab.models.answers import ask_marks
from isotopes.lab.models.mark_spec import Drawn, drawn, with_decoys
from isotopes.lab.train.training import Model
from isotopes.stats.exact.rank import rank_test
from isotopes.stats.scores.statistic import allowed_probes, log_odds, mean_scores
from isotopes.verify.methods.rank import Rank

FAMILY, ALPHA = "gratings", 0.4  # visible; the default of `isotopes mark` is tints
LEVEL = 0.01


class Isotopes(AuditMethod):
    name: ClassVar[str] = "isotopes"
    summary: ClassVar[str] = "a keyed mark, blended in; its rank among 199 decoys, label known"
    source: ClassVar[str] = "this project, after Wenger et al. 2024"
    needs: ClassVar[Needs] = Needs()
    exact: ClassVar[bool] = True

    def publish(
        self, owner: Owner, labels: int, surrogate: Callable[[], Model]
    ) -> tuple[NDArray[np.uint8], int]:
        del labels, surrogate
        return marked_pictures(owner, mark_of(owner), ALPHA), owner.label

    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        scores = mark_scores(asked, owner, scene)[:, owner.label]
        result = rank_test(scores[0], scores[1:], level=LEVEL)
        return AuditFinding(result.statistic, result.pvalue)


def mark_of(owner: Owner) -> Drawn:
    """The owner's mark; its decoys are drawn by the same key."""
    return drawn(FAMILY, owner.key, 0)


def marked_pictures(owner: Owner, mark: Drawn, alpha: float) -> NDArray[np.uint8]:
    """The owner's pictures with the mark in them."""
    # As a tensor: the blend of arrays needs OpenCV, which a bare GPU machine lacks.
    pixels = torch.from_numpy(np.ascontiguousarray(owner.pixels))
    return blend(pixels, mark.make(), alpha).numpy()


def mark_scores(asked: Asked, owner: Owner, scene: Scene) -> NDArray[np.float64]:
    """Mean log-odds of each label: for the mark first, then for each decoy. None is NaN."""
    mark = mark_of(owner)
    marks = with_decoys(mark, Rank.decoys)
    answers = ask_marks(asked.predict, scene.some_probes(owner, Rank.probes), marks, ALPHA)
    names = [str(label) for label in range(answers.clean.shape[1])]
    allowed = allowed_probes(answers.clean, names, [names[label] for label in answers.labels])
    # A label without an allowed probe scores the same for all marks, so it has no effect.
    return np.nan_to_num(mean_scores(log_odds(answers.of(marks)), allowed))
