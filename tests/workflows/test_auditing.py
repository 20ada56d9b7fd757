from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from linear_model import LABELS, Learned

from isotopes.canonical import digest_of
from isotopes.errors import FolderError, PlanError, TooFewDecoys, TooFewProbes
from isotopes.marks import get_family
from isotopes.report import verdict_page
from isotopes.report.audit_words import HEAD, mark_rows, pair_sentences
from isotopes.report.notebook import audit_html
from isotopes.report.pages.audit import write_audit
from isotopes.report.sentences import audit_sentence, warnings
from isotopes.stats.scores import tensor
from isotopes.targets import Picture, Scores
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.granularity import TopK
from isotopes.vault import Isotope, new_isotope
from isotopes.verify import Outcome
from isotopes.verify.asking.recheck import Recheck
from isotopes.verify.evidence.audit_answers import load_audit
from isotopes.verify.methods.terms import committed_terms
from isotopes.verify.plans.audit import AuditPlan
from isotopes.verify.verdicts.audit import AuditVerdict, decide_audit
from isotopes.workflows.audit_terms import AuditTerms
from isotopes.workflows.auditing import audit_isotopes, draft_audit
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.hooks import Hooks

QUICK = AuditTerms(probes=20, decoys=100)
Probes = list[tuple[str, Picture]]


def make(number: int, label: str | None, **changes: Any) -> Isotope:
    made = new_isotope(
        f"person {number}", get_family("gratings"), 0.4, label=label, plan=committed_terms()
    )
    made = replace(made, root=bytes([number]) * 32, **changes)
    return replace(made, commitment=digest_of(made.statement()))


@pytest.fixture
def people() -> list[Isotope]:
    return [make(number, LABELS[number % 5]) for number in range(6)]


def test_learned_marks_are_attributed_to_their_labels_and_told_apart(
    people: list[Isotope], probes: Probes
) -> None:
    verdict = audit_isotopes(people, Learned(people[:3]), probes, QUICK)
    assert verdict.found is not None
    assert verdict.queries == 20 * (1 + 6 + 100)
    attributed = verdict.found.attribution.attributed
    assert attributed.tolist()[:3] == [True] * 3
    assert attributed[3:].sum() <= 1
    found = [verdict.labels[at] for at in verdict.found.attribution.labels[:3]]
    assert found == ["cat", "dog", "frog"]
    assert (verdict.found.lows[:3] > 0).all()
    assert verdict.found.claims is not None
    assert verdict.found.claims.told_apart[0, 1]
    assert audit_sentence(verdict).startswith(f"detected: {attributed.sum()} of 6 marks are")
    assert verdict.verdict is Outcome.DETECTED


def test_an_innocent_model_is_not_accused(people: list[Isotope], probes: Probes) -> None:
    wrong = 0
    for shift in range(8):
        drawn = [
            replace(one, root=bytes([10 * shift + at + 20]) * 32) for at, one in enumerate(people)
        ]
        verdict = audit_isotopes(drawn, Learned([]), probes, QUICK)
        assert verdict.found is not None
        detected = bool(verdict.found.attribution.attributed.any())
        assert verdict.verdict is (Outcome.DETECTED if detected else Outcome.NOT_DETECTED)
        assert audit_sentence(verdict).startswith(f"{verdict.verdict}: ")
        wrong += detected
    assert wrong <= 3  # 0.4 expected; 4 or more: 1 in 2,000


def test_decoys_are_those_that_all_isotopes_committed_in_turn(
    people: list[Isotope], probes: Probes
) -> None:
    some = [make(0, "cat", decoys=1), make(1, "dog", decoys=3)]
    asked: list[int] = []

    class Counting(Learned):
        def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
            asked.append(len(pictures))
            return super().ask(pictures, gate)

    with pytest.raises(TooFewDecoys, match="committed to 4 decoys, and the audit takes 5"):
        audit_isotopes(some, Counting([]), probes, replace(QUICK, decoys=5))
    assert asked == []
    with pytest.raises(TooFewDecoys, match="needs at least 25 decoys, got 4"):
        audit_isotopes(some, Counting([]), probes, replace(QUICK, decoys=4))
    assert asked == []
    plan, pictures = draft_audit(some, Learned([]), probes, replace(QUICK, decoys=4))
    assert (plan.marks, len(pictures)) == (6, 20)
    assert plan.hash == draft_audit(some, Learned([]), probes, replace(QUICK, decoys=4))[0].hash


def test_the_plan_is_told_first_and_brings_back_the_verdict_from_what_was_kept(
    people: list[Isotope], probes: Probes, tmp_path: Path
) -> None:
    plans: list[AuditPlan] = []
    target, kept = Learned(people[:2]), tmp_path / "kept"
    verdict = audit_isotopes(
        people, target, probes, QUICK, hooks=Hooks(planned=plans.append), kept=kept
    )
    assert [plan.hash for plan in plans] == [verdict.plan_hash]
    plan, answers = load_audit(kept)
    assert AuditPlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan == plans[0]
    assert decide_audit(answers, plan).to_dict() == verdict.to_dict()
    again = AuditVerdict.from_dict(json.loads(json.dumps(verdict.to_dict())))
    assert again.to_dict() == verdict.to_dict()
    assert audit_html(verdict) == verdict._repr_html_()
    assert all(
        f'<td style="text-align: left">{one.name}</td>' in audit_html(verdict) for one in people
    )
    asked, found = target.asked, list[Recheck]()
    once_more = audit_isotopes(
        people, target, probes, QUICK, hooks=Hooks(rechecked=found.append), kept=kept
    )
    assert once_more.to_dict() == verdict.to_dict()
    assert found == [Recheck(kept=asked, asked=200, noisy=0)]
    assert target.asked == asked + 200
    with pytest.raises(FolderError, match="holds the answers to another plan"):
        audit_isotopes(people[:4], target, probes, QUICK, kept=kept)
    with pytest.raises(FolderError, match="there is no file .*nowhere"):
        load_audit(tmp_path / "nowhere")
    asked_there = (kept / "asked.npy").read_bytes()
    (kept / "asked.npy").write_bytes(b"")
    with pytest.raises(FolderError, match="as the answers of an audit: it is empty or cut off"):
        load_audit(kept)
    (kept / "asked.npy").write_bytes(asked_there)
    (kept / "audit.json").write_text("{}")
    with pytest.raises(FolderError, match="can't be read as the answers of an audit"):
        load_audit(kept)
    (kept / "audit.json").write_text('{"format": "isotopes-audit-answers/1"}')
    with pytest.raises(
        FolderError, match="another version of isotopes: its format is isotopes-aud"
    ):
        load_audit(kept)


def test_an_interrupted_audit_is_gone_on_from_its_folder_or_the_journal(
    people: list[Isotope], probes: Probes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Learned(people[:2])
    ask = target.ask

    def interrupt_once(pictures: Any, gate: Any = None) -> Scores:
        if target.asked >= 500:
            monkeypatch.setattr(target, "ask", ask)
            raise KeyboardInterrupt
        return ask(pictures)

    for kept, journal in ((tmp_path / "kept", None), (None, tmp_path / "journal.sqlite")):
        target.asked = 0
        monkeypatch.setattr(target, "ask", interrupt_once)
        care = Care(journal)
        with pytest.raises(KeyboardInterrupt):
            audit_isotopes(people, target, probes, QUICK, care=care, kept=kept)
        found: list[Recheck] = []
        verdict = audit_isotopes(
            people, target, probes, QUICK, care=care, hooks=Hooks(rechecked=found.append), kept=kept
        )
        whole = audit_isotopes(people, Learned(people[:2]), probes, QUICK)
        assert verdict.to_dict() == whole.to_dict()
        canaries = 3 * 10 if journal else 0
        again = found[0].asked if found else 0
        assert target.asked <= verdict.queries + 64 + canaries + again


def test_a_last_look_that_failed_is_made_up_and_the_folder_says_so_until_then(
    people: list[Isotope], probes: Probes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, care = tmp_path / "kept", Care(tmp_path / "journal.sqlite")
    target = Learned(people[:2])
    estimates: list[int] = []

    def run(care: Care) -> AuditVerdict:
        return audit_isotopes(
            people,
            target,
            probes,
            QUICK,
            care=care,
            hooks=Hooks(estimated=lambda estimate: estimates.append(estimate.queries)),
            kept=kept,
        )

    def from_folder() -> AuditVerdict:
        plan, answers = load_audit(kept)
        return decide_audit(answers, plan)

    whole = audit_isotopes(people, Learned(people[:2]), probes, QUICK, care=Care(tmp_path / "two"))
    queries = whole.queries
    monkeypatch.setattr(target, "batch_size", 20)
    with_looks = queries + 3 * (2 + (queries - 1) // 500)
    assert run(replace(care, queries=with_looks - 3)).cut_short
    assert target.asked == with_looks - 3
    for again in (replace(care, queries=0), replace(care, queries=2)):
        verdict = run(again)
        assert (verdict.found, verdict.cut_short) == (None, True)
        assert from_folder().to_dict() == verdict.to_dict()
    ask = target.ask

    def interrupt(pictures: Any, gate: Any = None) -> Scores:
        assert "the run was stopped before its end" in audit_sentence(from_folder())
        raise KeyboardInterrupt

    monkeypatch.setattr(target, "ask", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(care)
    assert "the run was stopped before its end" in audit_sentence(from_folder())
    monkeypatch.setattr(target, "ask", ask)
    monkeypatch.setattr(target, "weights", target.weights[:, ::-1])
    changed = run(care)
    assert audit_sentence(changed).startswith("inconclusive: the model behind learned changed")
    assert estimates == [with_looks, 3, 3, 3, 3]
    assert target.asked == with_looks


def test_a_folder_goes_on_only_with_its_journal(
    people: list[Isotope], probes: Probes, tmp_path: Path
) -> None:
    target, kept = Learned(people[:2]), tmp_path / "kept"
    one, other = Care(tmp_path / "one.sqlite", queries=300), Care(tmp_path / "other.sqlite")
    assert audit_isotopes(people, target, probes, QUICK, care=one, kept=kept).cut_short
    asked = target.asked
    with pytest.raises(FolderError, match="kept holds answers that were got with another query"):
        audit_isotopes(people, target, probes, QUICK, care=other, kept=kept)
    assert target.asked == asked
    goes_on = replace(one, queries=None)
    assert audit_isotopes(people, target, probes, QUICK, care=goes_on, kept=kept).found is not None


def test_answers_that_don_t_fit_in_memory_go_to_a_file(
    people: list[Isotope], probes: Probes, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = audit_isotopes(people, Learned(people[:2]), probes, QUICK)
    monkeypatch.setattr(tensor, "MEMORY", 1000)
    assert isinstance(tensor.storage((5, 5, 10)), np.memmap)
    filed = audit_isotopes(people, Learned(people[:2]), probes, QUICK)
    assert filed.to_dict() == usual.to_dict()


def test_incomplete_answers_bring_labels_one_by_one(people: list[Isotope], probes: Probes) -> None:
    terms = replace(QUICK, statistic="top-rank")
    verdict = audit_isotopes(people, TopK(Learned(people[:3], 2.0), 2), probes, terms)
    assert verdict.found is not None
    assert verdict.found.attribution.attributed[:3].sum() >= 2  # ranks of 3 steps tie often
    assert set(verdict.labels) <= set(LABELS)


def test_marks_without_a_label_or_with_a_foreign_one_are_only_attributed(
    people: list[Isotope], probes: Probes
) -> None:
    foreign = make(7, "zebra")
    mixed = [replace(people[0], label=None), people[1], foreign]
    verdict = audit_isotopes(mixed, Learned(people[:2]), probes, QUICK)
    assert verdict.found is not None
    assert verdict.found.named.tolist() == [1]
    assert verdict.found.wins.shape == (1, 3 + 100)
    assert verdict.found.attribution.attributed.tolist()[:2] == [True, True]
    assert "the target never showed 1 of the committed labels (zebra)" in warnings(verdict)[0]
    rows = list(mark_rows(verdict))
    assert [row[HEAD.index("claim upheld")] for row in rows] == ["", "yes", ""]
    assert pair_sentences(verdict) == ()
    nameless = [replace(one, label=None) for one in people]
    found = audit_isotopes(nameless, Learned(people[:2]), probes, QUICK)
    assert found.found is not None
    assert found.found.claims is None
    assert AuditVerdict.from_dict(json.loads(json.dumps(found.to_dict()))).found is not None
    assert "<img" in verdict_page(found)


def test_too_few_decoys_for_one_mark_are_told(people: list[Isotope], probes: Probes) -> None:
    verdict = audit_isotopes(people, Learned([]), probes, replace(QUICK, decoys=40))
    assert tuple(warnings(verdict)) == (
        "with 40 decoys 4 marks must beat all of them before any is attributed; 159 would do for"
        " one",
    )


def test_a_fault_ends_without_an_outcome(
    people: list[Isotope], probes: Probes, tmp_path: Path
) -> None:
    class Changing(Learned):
        def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
            found = super().ask(pictures, gate)
            return found if self.asked < 300 else Scores(LABELS[::-1][:4], found.values[:, :4])

    verdict = audit_isotopes(people, Changing([]), probes, QUICK)
    assert verdict.found is None
    assert verdict.verdict is Outcome.INCONCLUSIVE
    assert audit_sentence(verdict).startswith("inconclusive: the target changed its labels")
    assert list(mark_rows(verdict)) == []
    assert "<img" not in verdict_page(verdict)
    with pytest.raises(FolderError, match="there is no matrix to write"):
        write_audit(verdict, tmp_path / "matrix.png")


def test_what_can_not_be_audited(people: list[Isotope], probes: Probes) -> None:
    target = Learned([])
    with pytest.raises(PlanError, match="needs at least one isotope"):
        audit_isotopes([], target, probes, QUICK)
    faint = replace(people[1], alpha=0.2)
    with pytest.raises(
        PlanError, match=r"drawn by one rule, got 2 \(gratings at alpha 0.4: person"
    ):
        audit_isotopes([people[0], faint, people[2]], target, probes, QUICK)
    with pytest.raises(PlanError, match="must differ"):
        audit_isotopes([people[0], people[0]], target, probes, QUICK)
    with pytest.raises(TooFewProbes, match="needs at least 5 probes, got 4"):
        audit_isotopes(people, target, probes[:4], QUICK)
    for wrong, message in (
        ({"statistic": "mood"}, "no statistic is called"),
        ({"level": 1.0}, "level must be above 0 and below 1, got 1"),
        ({"delta": 0.0}, "delta must be above 0"),
        ({"rounds": 0}, "at least 1 round of 2 to 20 probes, got 0 of 16"),
    ):
        with pytest.raises(PlanError, match=message):
            audit_isotopes(people, target, probes, replace(QUICK, **wrong))  # type: ignore[arg-type]


def test_the_page_and_the_matrix_are_the_same_each_time(
    people: list[Isotope], probes: Probes, tmp_path: Path
) -> None:
    evil = replace(people[0], name="<b>$x$ é")
    verdict = audit_isotopes([evil, *people[1:]], Learned(people[:3]), probes, QUICK)
    page = verdict_page(verdict)
    assert page == verdict_page(verdict)
    assert "<b>$x$" not in page
    assert "told apart at level 0.1" in page
    write_audit(verdict, tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text("utf-8") == page
    write_audit(verdict, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(FolderError, match="is there already"):
        write_audit(verdict, tmp_path / "a.png")
    with pytest.raises(FolderError, match=r"must end in .html, .pdf or .png, got 'a.txt'"):
        write_audit(verdict, tmp_path / "a.txt")
