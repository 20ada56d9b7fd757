"""Collects the answers to a plan; checks each one on arrival and loses none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from isotopes.checked import LONGEST_TEXT
from isotopes.errors import AnswerError, ModelChanged, TargetError
from isotopes.targets import Completeness, Scores
from isotopes.targets.scores import MOST_LABELS
from isotopes.verify.evidence.answers import Answers, Queries
from isotopes.verify.plans.plan import Plan

Storage = Callable[[tuple[int, ...]], NDArray[np.float64]]

ROUNDING = 1e-6  # a float32 softmax may exceed 1 by that much
UNFINISHED = "the run was stopped before its end"
CHANGED = "the target changed {} while it was asked, so its answers can't be compared"


class Collector:
    """Answers to the queries of one plan, in any order.

    Labels are those of the first answer; if answers are incomplete, later ones may add more.
    Until `complete` is called, the answers are marked as cut short: after a crash, what is on the
    disk must not pass for complete.

    Attributes:
        asked, fault, cut, journal: as in `Answers`; `cut` only if the target failed.
    """

    def __init__(self, earlier: Answers, storage: Storage = np.empty) -> None:
        """Start with `earlier`, which may be empty (`Answers.none_yet`).

        Args:
            storage: allocates an array of this shape, in memory or in a file.
        """
        self._labels = list(earlier.labels)
        self._places = {label: column for column, label in enumerate(self._labels)}
        self._storage = storage
        self._values = storage(earlier.values.shape)
        self._values[...] = earlier.values
        self._width = len(earlier.labels)  # columns in use; the tensor may have spare ones
        self._form = (earlier.completeness, earlier.limit)
        self.asked = earlier.asked.copy()
        self.fault = earlier.fault
        self.cut: str | None = None  # the reason why an earlier run stopped no longer matters
        self.journal = earlier.journal
        self._completed = False

    @property
    def ended(self) -> bool:
        """Nothing more can be asked: the target changed or failed."""
        return self.fault is not None or self.cut is not None

    def unasked(self, plan: Queries) -> NDArray[np.bool_]:
        """The queries left, bool, shape (2 + decoys, pictures); none if asking has ended."""
        return np.zeros_like(self.asked) if self.ended else Answers.planned(plan) & ~self.asked

    @property
    def queries(self) -> int:
        """How many pictures were answered."""
        return int(np.count_nonzero(self.asked))

    def answers(self) -> Answers:
        """A copy of the answers so far."""
        found = self.view()
        return replace(found, values=found.values.copy(), asked=found.asked.copy())

    def view(self) -> Answers:
        """The answers so far, without a copy: use it before more are added."""
        values = self._values[:, :, : self._width]
        completeness, limit = self._form
        return Answers(
            tuple(self._labels),
            values,
            self.asked,
            completeness,
            limit,
            self.fault,
            self.cut if self.ended or self._completed else UNFINISHED,
            self.journal,
        )

    @contextmanager
    def noting_failures(self) -> Iterator[None]:
        """Asking ends here, without an error, if the target fails after its first answers.

        The answers stay, and `fault` or `cut` says what happened. A target that fails at the
        very first query was probably named wrongly, so that error is raised, unless the
        model is known to have changed.
        """
        try:
            yield
        except TargetError as failure:
            if isinstance(failure, ModelChanged):
                self.fault = failure.in_full
            elif self.queries:
                self.cut = failure.in_full
            else:
                raise

    def complete(self) -> None:
        """Mark the answers as complete, including the last look at the canary."""
        self._completed = True

    def add(
        self, target: str, rows: NDArray[np.intp], probes: NDArray[np.intp], scores: Scores
    ) -> None:
        """Add the answers to a batch; sets `fault` if they don't fit the earlier ones.

        Args:
            target: its name, for messages.
            rows, probes: the index of each answer in the tensor.

        Raises:
            AnswerError: NaN in a full answer, or scores that are no probabilities.
        """
        _check_scores(target, scores)
        self.fault = self._change(scores)
        if self.fault is not None:
            return
        columns = self._columns(scores.labels)
        if columns is None:
            self._values[rows, probes, : self._width] = scores.values
        else:
            self._values[rows[:, None], probes[:, None], columns] = scores.values
        self.asked[rows, probes] = True

    def check_label(self, plan: Plan) -> None:
        """Raise UnknownLabel if full answers lack a label that the plan names."""
        if self._form[0] is Completeness.FULL:
            known = Scores(tuple(self._labels), np.empty((0, self._width)))
            for label in (plan.label,) if plan.label is not None else plan.candidates or ():
                known.column(label)

    def _change(self, scores: Scores) -> str | None:
        form = (scores.completeness, scores.limit)
        if not self.asked.any():
            self._form = form
            return None
        if form != self._form:
            return CHANGED.format("how much of its answers it shows")
        full = scores.completeness is Completeness.FULL
        if full and set(scores.labels) != set(self._labels):
            return CHANGED.format("its labels")
        return None

    def _columns(self, labels: tuple[str, ...]) -> NDArray[np.intp] | None:
        """Where these labels stand; None if they are all of them, in order."""
        if list(labels) == self._labels:
            return None
        new = [label for label in labels if label not in self._places]
        if new:
            _check_new(new, len(self._labels))
            self._places.update({label: place for place, label in enumerate(new, self._width)})
            self._labels += new
            self._widen(len(self._labels))
        if list(labels) == self._labels:
            return None
        return np.array([self._places[label] for label in labels], np.intp)

    def _widen(self, width: int) -> None:
        spare = self._values.shape[2]
        if width > spare:
            # Twice as wide: top-K answers may add labels one at a time.
            grown = self._storage((*self.asked.shape, max(width, 2 * spare)))
            grown[:, :, :spare] = self._values
            grown[:, :, spare:] = np.nan
            self._values = grown
        self._width = width


def _check_new(labels: Sequence[str], known: int) -> None:
    """Raise AnswerError if labels grow beyond what a table of answers can hold."""
    if known + len(labels) > MOST_LABELS:
        raise AnswerError(
            f"a target may show {MOST_LABELS:,} labels, got {known + len(labels):,}",
            hint="its answers may hold names or times instead of labels",
        )
    longest = max(map(len, labels))
    if longest > LONGEST_TEXT:
        raise AnswerError(
            f"a label may have {LONGEST_TEXT:,} characters, got one with {longest:,}",
            hint="its answers may hold texts instead of labels",
        )


def _check_scores(target: str, scores: Scores) -> None:
    values = scores.values
    if scores.completeness is Completeness.FULL and np.isnan(values).any():
        raise AnswerError(f"a full answer of {target} must hold a score for each label, got NaN")
    least, most = np.nanmin(values, initial=0), np.nanmax(values, initial=0)
    if least < -ROUNDING or most > 1 + ROUNDING:
        odd = least if least < -ROUNDING else most
        raise AnswerError(
            f"scores of {target} must be probabilities in [0, 1], got {odd:g}",
            hint="for an ONNX model say that its output are logits",
        )
