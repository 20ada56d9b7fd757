"""Audit a model for very many isotopes: asked in parts that are kept, judged in a stream.

The rows of a sweep, marks and decoys, are put in an order that the plan's seed draws, and cut into
parts. So each part holds marks and decoys alike, and the time of asking doesn't distinguish them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isotopes.engines import EngineExecutor
from isotopes.errors import ModelChanged, TargetUnreachable
from isotopes.marks import Mark
from isotopes.seeds import KeyStream, derive
from isotopes.stats.many.audit import NO_CLAIM, check_enough
from isotopes.stats.many.sweep import DecoyMeasure, SweptMarks, judge_sweep
from isotopes.stats.scores.statistic import allowed_probes
from isotopes.targets import Picture, Target
from isotopes.targets.asking.concurrent import Batch
from isotopes.vault import Isotope
from isotopes.verify.asking.ask import Progress, ask_all_marks
from isotopes.verify.asking.collector import Collector
from isotopes.verify.asking.queries import all_batches
from isotopes.verify.evidence.answer_chunks import AnswerChunk, AnswerChunks
from isotopes.verify.evidence.answers import CLEAN, MARK, Answers
from isotopes.verify.plans.audit import AuditPlan
from isotopes.verify.verdicts.sweep import SweepVerdict
from isotopes.workflows.audit_terms import AuditTerms
from isotopes.workflows.auditing import draft_audit, draw_rows
from isotopes.workflows.checking.choosing import NamedPictures
from isotopes.workflows.checking.guarding import CANARIES, Care, Questions, guarded
from isotopes.workflows.checking.hooks import SILENT, Hooks

PART = 256  # marks and decoys of a part
BATCH = 64  # pictures made at a time, to be looked up in a journal
ORDER = "isotopes/v1/sweep-order"
CLEAN_PART = 0  # holds the unmarked probes' answers, and nothing else


@dataclass(frozen=True)
class _Part:
    """Some rows of a sweep, as a plan that can be asked."""

    plan: AuditPlan
    number: int
    rows: NDArray[np.int64]

    @property
    def marks(self) -> int:
        return len(self.rows)

    @property
    def alpha(self) -> float:
        return self.plan.alpha

    @property
    def seed_key(self) -> bytes:
        return derive(self.plan.seed_key, f"isotopes/v1/sweep-part/{self.number}")

    @property
    def disguised(self) -> bool:
        return self.plan.disguised

    @property
    def views(self) -> Mapping[int, int]:
        return self.plan.views

    @property
    def pictures(self) -> tuple[str, ...]:
        return self.plan.pictures

    @property
    def unmarked(self) -> int:
        return self.plan.unmarked


def sweep_isotopes(
    isotopes: Sequence[Isotope],
    target: Target,
    probes: NamedPictures,
    kept: Path,
    executor: EngineExecutor,
    *,
    terms: AuditTerms | None = None,
    care: Care | None = None,
    hooks: Hooks[AuditPlan] = SILENT,
) -> SweepVerdict:
    """Which of very many marks did the model learn, and for which label?

    Args:
        isotopes, target, probes, terms, care, hooks: as for `audit_isotopes`. The paper's V and
            V_D are not computed.
        kept: the folder for the answers. Parts that are there are not asked again.
        executor: where probes are compared with the marks, and parts are judged.

    Raises:
        PlanError, TargetError, JournalError, MarkError, FolderError: as `audit_isotopes`.
    """
    terms = terms or AuditTerms()
    chunks = AnswerChunks(kept)
    plan, pictures = draft_audit(
        isotopes,
        target,
        probes,
        terms,
        executor=executor,
        checked=lambda plan: chunks.hold(plan.to_dict(), len(plan.pictures)),
    )
    check_enough(plan.decoys, plan.discovery_level, None)
    hooks.planned(plan)
    chunks.begin(plan.to_dict(), len(pictures))
    asking = _Asking(plan, pictures, draw_rows(isotopes, plan.decoys), chunks, hooks)
    asking.ask(target, care or Care())
    return judge_kept(plan, chunks, executor)


def judge_kept(plan: AuditPlan, chunks: AnswerChunks, executor: EngineExecutor) -> SweepVerdict:
    """What the kept answers of a finished sweep say; the same answers say the same each time.

    Raises:
        FolderError: a part is damaged.
        TooFewDecoys, TooFewProbes, AnswerError: as `judge_sweep`.
    """
    labels = chunks.labels()
    places = {label: place for place, label in enumerate(labels)}
    (clean,) = (chunk.with_labels(labels) for chunk in chunks.chunks("marks", [CLEAN_PART]))
    allowed = allowed_probes(clean[0].astype(np.float64), labels, plan.probe_labels)
    numbers = sorted(chunks.finished() - {CLEAN_PART})
    decoys = (chunk.with_labels(labels) for chunk in chunks.chunks("decoys", numbers))
    shown = int((~np.isnan(clean[0])).sum(axis=1).max())
    measure = DecoyMeasure(decoys, allowed, plan.statistic, shown)
    claimed = np.array([places.get(label or "", NO_CLAIM) for label in plan.claimed], np.int64)
    # A job for each worker: every job carries the decoys' scores, and all of them wait at once.
    jobs = [list(some) for some in np.array_split(numbers, min(len(numbers), executor.workers))]
    judge = partial(_judge_parts, chunks.folder, labels, measure, claimed)
    rows, parts = [], []
    for answer in [executor.submit(judge, some) for some in jobs]:
        for some_rows, some_marks in answer.result():
            rows.append(some_rows)
            parts.append(some_marks)
    order = np.argsort(np.concatenate(rows))
    joined = SweptMarks.joined(parts)
    sorted_marks = SweptMarks(*(getattr(joined, name)[order] for name in vars(joined)))
    return SweepVerdict(
        plan, labels, judge_sweep(sorted_marks, measure, level=plan.discovery_level)
    )


def _judge_parts(
    folder: Path,
    labels: Sequence[str],
    measure: DecoyMeasure,
    claimed: NDArray[np.int64],
    numbers: list[int],
) -> list[tuple[NDArray[np.int64], SweptMarks]]:
    """What runs in a worker: row numbers and findings of the marks in some parts."""
    return [
        (chunk.rows, measure.score(chunk.with_labels(labels), claimed[chunk.rows]))
        for chunk in AnswerChunks(folder).chunks("marks", numbers)
        if len(chunk.rows)
    ]


def parts_of(plan: AuditPlan) -> list[_Part]:
    """The parts of a sweep: the unmarked probes, then all rows in an order of the plan's seed."""
    shuffled = KeyStream(derive(plan.seed_key, ORDER)).integers(0, 2**32, plan.marks)
    order = np.argsort(shuffled, kind="stable")
    starts = range(0, plan.marks, PART)
    return [
        _Part(plan, CLEAN_PART, np.empty(0, np.int64)),
        *(_Part(plan, 1 + at, order[start : start + PART]) for at, start in enumerate(starts)),
    ]


class _Asking:
    """Asks the parts that are not there yet, one after another."""

    def __init__(
        self,
        plan: AuditPlan,
        pictures: Sequence[Picture],
        draw: Callable[[int], Mark],
        chunks: AnswerChunks,
        hooks: Hooks[AuditPlan],
    ) -> None:
        finished = chunks.finished()
        self._missing = [part for part in parts_of(plan) if part.number not in finished]
        self._pictures, self._draw, self._chunks = pictures, draw, chunks
        self._hooks = hooks
        self._everything = (1 + plan.marks) * len(pictures)
        unasked = sum(max(1, part.marks) for part in self._missing) * len(pictures)
        self._done = self._everything - unasked

    def ask(self, target: Target, care: Care) -> None:
        if not self._missing:
            return
        canary, unasked = self._pictures[:CANARIES], self._everything - self._done
        questions = Questions(canary, self._done, unasked, self._rest)
        with guarded(target, questions, care) as asked:
            self._hooks.estimated(asked.estimate())
            self._hooks.metered(asked.spending)
            for part in self._missing:
                self._ask_part(part, asked.target)
            asked.finish()

    def _ask_part(self, part: _Part, target: Target) -> None:
        collector = Collector(_begun(part, self._chunks))
        before = collector.queries
        ask_all_marks(
            target,
            part,
            self._pictures,
            partial(_draw, self._draw, part),
            collector,
            progress=_shifted(self._hooks.progress, self._done - before, self._everything),
        )
        _refuse_unfinished(collector, self._chunks.folder)
        _keep(part, collector.view(), self._chunks)
        self._done += collector.queries - before

    def _rest(self) -> Iterator[Batch]:
        """The pictures still to ask, to be compared with a journal's."""
        for part in self._missing:
            wanted = np.ones((1 + part.marks, len(self._pictures)), np.bool_)
            wanted[CLEAN] = part.number == CLEAN_PART
            draw = partial(_draw, self._draw, part)
            yield from all_batches(part, self._pictures, draw, wanted, BATCH)


def _draw(draw: Callable[[int], Mark], part: _Part, row: int) -> Mark:
    return draw(int(part.rows[row]))


def _begun(part: _Part, chunks: AnswerChunks) -> Answers:
    """A part before it is asked; the unmarked probes' answers hold for all parts."""
    empty = Answers.none_yet(part)
    if part.number == CLEAN_PART:
        return empty
    (clean,) = chunks.chunks("marks", [CLEAN_PART])
    values = np.full((*empty.asked.shape, len(clean.labels)), np.nan)
    values[CLEAN] = clean.answers[0]
    asked = empty.asked.copy()
    asked[CLEAN] = True
    return Answers(clean.labels, values, asked, clean.completeness, clean.limit)


def _refuse_unfinished(collector: Collector, kept: Path) -> None:
    if collector.fault is not None:
        raise ModelChanged(collector.fault, hint=f"begin anew in another folder than {kept}")
    if collector.cut is not None:
        raise TargetUnreachable(
            f"the target was not asked to the end: {collector.cut}",
            hint=f"finished parts are kept in {kept}: the same command goes on from there",
        )


def _keep(part: _Part, found: Answers, chunks: AnswerChunks) -> None:
    """Marks and decoys apart; of the first part, the unmarked probes as if they were a mark."""
    values = found.values.astype(np.float32)

    def chunk(rows: NDArray[np.int64], answers: NDArray[np.float32]) -> AnswerChunk:
        return AnswerChunk(rows, found.labels, answers, found.completeness, found.limit)

    if part.number == CLEAN_PART:
        nothing = np.empty(0, np.int64)
        chunks.write(CLEAN_PART, chunk(np.zeros(1, np.int64), values), chunk(nothing, values[:0]))
        return
    marks = len(part.plan.isotopes)
    is_mark = part.rows < marks
    chunks.write(
        part.number,
        chunk(part.rows[is_mark], values[MARK:][is_mark]),
        chunk(part.rows[~is_mark] - marks, values[MARK:][~is_mark]),
    )


def _shifted(progress: Progress, before: int, everything: int) -> Progress:
    return lambda done, _: progress(before + done, everything)
