"""Packed scale: many trials share a model, each with its own labels and marks.

Fifty conditions then need one model instead of fifty, provided marks of different
labels don't interfere; figure 9 measures that they don't.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from isotopes.errors import IsotopesError
from isotopes.lab.models.marked_model import IsotopeSpec, MarkedModel
from isotopes.lab.tasks import chosen_labels
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import Experiment, Trial
from isotopes.lab.trials.marks_trial import MarksTrial

MOST_MARKED = 0.5  # of a model's labels, as in figure 9


def trials_of(experiments: Sequence[Experiment], scale: Scale) -> dict[str, list[Trial]]:
    """The trials of each experiment by its name; at packed scale they share models, across
    experiments too.

    Raises:
        IsotopesError: an experiment can't be run at this scale.
        FolderError: an image set is not there.
    """
    for one in experiments:
        if scale not in one.scales:
            raise IsotopesError(
                f"{one.name} has no {scale} scale", hint=f"it has: {', '.join(one.scales)}"
            )
    # By name: which labels a trial gets depends on those before it.
    ordered = sorted(experiments, key=lambda one: one.name)
    found = {one.name: list(one.trials(scale)) for one in ordered}
    if scale == "packed":
        sharing = [one.name for one in ordered if one.shares_models]
        alone = [trial for name in sharing for trial in found[name]]
        shared = iter(share_models(cast(Sequence[MarksTrial], alone)))
        for name in sharing:
            found[name] = [next(shared) for _ in found[name]]
    return found


def share_models(trials: Sequence[MarksTrial]) -> list[MarksTrial]:
    """The same trials in the same order, packed into as few models as possible.

    Trials share a model if task, setting and seed are the same. Which labels a trial marks
    depends on the trials before it.

    Raises:
        IsotopesError: a trial marks too many labels to share a model.
    """
    packs: dict[MarkedModel, list[_Pack]] = {}
    indices = [_place(packs.setdefault(trial.model.innocent, []), trial) for trial in trials]
    return [pack.trial(number) for pack, number in indices]


def _place(packs: list[_Pack], trial: MarksTrial) -> tuple[_Pack, int]:
    """Put it into the last pack, or into a new one."""
    if not packs or not packs[-1].has_room(trial):
        packs.append(_Pack(trial.model.innocent))
    return packs[-1], packs[-1].add(trial)


class _Pack:
    """A model and the trials that share it."""

    def __init__(self, innocent: MarkedModel) -> None:
        count = len(chosen_labels(innocent.task, innocent.setting, innocent.seed))
        order = np.random.default_rng([innocent.seed, 4]).permutation(count)
        self._innocent = innocent
        self._free = [int(label) for label in order[: int(MOST_MARKED * count)]]
        self._trials: list[tuple[MarksTrial, tuple[IsotopeSpec, ...]]] = []

    def has_room(self, trial: MarksTrial) -> bool:
        return len(_labels(trial)) <= len(self._free)

    def add(self, trial: MarksTrial) -> int:
        """Reserve labels for the trial; returns its index in this pack."""
        if not self.has_room(trial):
            raise IsotopesError(
                f"a trial that marks {len(_labels(trial))} labels can't share a model, of which"
                f" {MOST_MARKED:.0%} of the labels are marked at most"
            )
        new = {label: self._free.pop(0) for label in _labels(trial)}
        own = tuple(replace(one, label=new[one.label]) for one in trial.model.isotopes)
        self._trials.append((trial, own))
        return len(self._trials) - 1

    def trial(self, number: int) -> MarksTrial:
        """One of the trials, with the model that all share."""
        trial, own = self._trials[number]
        return replace(trial, own=own, model=replace(self._innocent, isotopes=(*self._isotopes(),)))

    def _isotopes(self) -> Iterator[IsotopeSpec]:
        for _, own in self._trials:
            yield from own


def _labels(trial: MarksTrial) -> list[int]:
    return list(dict.fromkeys(one.label for one in trial.model.isotopes))
