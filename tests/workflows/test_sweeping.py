"""A sweep finds what an audit finds, and goes on where it was stopped."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from inline_executor import InlineExecutor
from linear_model import LABELS, Learned

from isotopes.engines import EngineExecutor
from isotopes.errors import FolderError, TargetUnreachable, TooFewDecoys
from isotopes.marks import get_family
from isotopes.report.sweep_words import HEAD, sweep_sentence, sweep_warnings, write_sweep_table
from isotopes.targets import Picture
from isotopes.targets.asking.budget import Spending
from isotopes.targets.granularity import TopK
from isotopes.vault import Isotope, new_isotope
from isotopes.verify import Outcome
from isotopes.verify.evidence.answer_chunks import AnswerChunk, AnswerChunks
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows import auditing, sweeping
from isotopes.workflows.audit_terms import AuditTerms
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.hooks import Hooks
from isotopes.workflows.sweeping import judge_kept, parts_of, sweep_isotopes

QUICK = AuditTerms(probes=20, decoys=100, discovery_level=0.1)
Probes = list[tuple[str, Picture]]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "PART", 30)


@pytest.fixture(scope="module")
def people() -> list[Isotope]:
    family, plan = get_family("gratings"), committed_terms()
    return [
        new_isotope(
            f"person {at}", family, 0.4, label=LABELS[at % 5], plan=plan, root=bytes([at]) * 32
        )
        for at in range(20)
    ]


@pytest.fixture
def executor() -> Iterator[EngineExecutor]:
    yield InlineExecutor()


def test_learned_marks_stand_out(
    people: list[Isotope], probes: Probes, tmp_path: Path, executor: EngineExecutor
) -> None:
    target = Learned(people[:5])
    told: list[Callable[[], Spending]] = []
    how = {"care": Care(price=0.01), "hooks": Hooks(metered=told.append), "terms": QUICK}
    verdict = sweep_isotopes(people, target, probes, tmp_path / "kept", executor, **how)
    assert target.asked == 20 * (1 + 20 + 100)
    assert [str(spending()) for spending in told] == ["24.20 US dollars spent"]
    assert set(verdict.ranked()[:5].tolist()) == set(range(5))
    assert verdict.found.attributed[:5].all()
    assert verdict.found.attributed[5:].sum() <= 2
    assert [verdict.labels[at] for at in verdict.found.labels[:5]] == list(LABELS)
    assert verdict.verdict is Outcome.DETECTED
    assert sweep_sentence(verdict).startswith("detected: ")
    assert sweep_warnings(verdict)[0].startswith("with 75 decoys no p-value is below 0.013")
    write_sweep_table(verdict, tmp_path / "found.csv")
    with (tmp_path / "found.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert (tuple(rows[0]), len(rows)) == (HEAD, 21)
    assert {row[0] for row in rows[1:6]} == {f"person {at}" for at in range(5)}


def test_it_goes_on_with_the_parts_that_are_missing(
    people: list[Isotope],
    probes: Probes,
    tmp_path: Path,
    executor: EngineExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = sweep_isotopes(
        people, Learned(people[:5]), probes, tmp_path / "whole", executor, terms=QUICK
    )
    weak = Learned(people[:5], fails_after=1500)
    with pytest.raises(TargetUnreachable, match="was not asked to the end: it is away") as caught:
        sweep_isotopes(people, weak, probes, tmp_path / "kept", executor, terms=QUICK)
    assert "the same command goes on" in str(caught.value.hint)
    assert AnswerChunks(tmp_path / "kept").finished() == {0, 1, 2}
    again = Learned(people[:5])
    resumed = sweep_isotopes(people, again, probes, tmp_path / "kept", executor, terms=QUICK)
    assert again.asked == 20 * (120 - 60)
    np.testing.assert_array_equal(resumed.found.pvalues, whole.found.pvalues)
    # Probes were compared with the marks before the folder was begun, so they aren't again.
    monkeypatch.setattr(auditing, "matched_filters", None)
    nothing = Learned([], fails_after=0)
    once_more = sweep_isotopes(people, nothing, probes, tmp_path / "kept", executor, terms=QUICK)
    np.testing.assert_array_equal(once_more.found.adjusted, whole.found.adjusted)


def test_the_best_labels_alone_will_do(
    people: list[Isotope], probes: Probes, tmp_path: Path, executor: EngineExecutor
) -> None:
    target = TopK(Learned(people[:5]), 2)
    terms = replace(QUICK, statistic="top-rank")
    verdict = sweep_isotopes(people, target, probes, tmp_path / "kept", executor, terms=terms)
    assert sorted(verdict.labels) == sorted(LABELS)
    assert verdict.found.attributed[:5].sum() >= 3


def test_each_part_holds_marks_and_decoys(
    people: list[Isotope], probes: Probes, tmp_path: Path, executor: EngineExecutor
) -> None:
    """So the time at which a part was asked tells nothing about them."""
    verdict = sweep_isotopes(people, Learned([]), probes, tmp_path / "k", executor, terms=QUICK)
    parts = parts_of(verdict.plan)[1:]
    shares = [(part.rows < 20).mean() for part in parts if len(part.rows) == 30]
    assert min(shares) > 0.02
    assert max(shares) < 0.6
    assert sorted(np.concatenate([part.rows for part in parts]).tolist()) == list(range(120))
    again = judge_kept(verdict.plan, AnswerChunks(tmp_path / "k"), executor)
    np.testing.assert_array_equal(again.found.lows, verdict.found.lows)


def test_what_can_t_be_swept_is_refused_before_anything_is_asked(
    people: list[Isotope], probes: Probes, tmp_path: Path, executor: EngineExecutor
) -> None:
    target = Learned([])
    few = replace(QUICK, decoys=10)
    with pytest.raises(TooFewDecoys, match="needs at least 11 decoys"):
        sweep_isotopes(people, target, probes, tmp_path / "kept", executor, terms=few)
    assert target.asked == 0
    sweep_isotopes(people, target, probes, tmp_path / "kept", executor, terms=QUICK)
    with pytest.raises(FolderError, match="holds the answers of another plan"):
        sweep_isotopes(people[:10], target, probes, tmp_path / "kept", executor, terms=QUICK)


@pytest.mark.parametrize("kind", ["marks", "decoys"])
def test_a_part_may_hold_only_marks_or_only_decoys(tmp_path: Path, kind: str) -> None:
    chunks = AnswerChunks(tmp_path)
    chunks.begin({}, 3)
    full = AnswerChunk(np.arange(2), ("cat", "dog"), np.ones((2, 3, 2), np.float32))
    empty = replace(full, rows=full.rows[:0], answers=full.answers[:0])
    chunks.write(0, *((full, empty) if kind == "marks" else (empty, full)))
    shapes = {
        one: [chunk.answers.shape for chunk in chunks.chunks(one)] for one in ("marks", "decoys")
    }
    assert shapes.pop(kind) == [(2, 3, 2)]
    assert set(*shapes.values()) <= {(0, 3, 2)}
