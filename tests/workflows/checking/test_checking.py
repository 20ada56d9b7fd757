from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from isotopes.errors import (
    FolderError,
    PhotoError,
    PlanError,
    TargetUnreachable,
    TooFewDecoys,
    TooFewProbes,
    UnknownLabel,
)
from isotopes.marks import get_family
from isotopes.targets import Picture, Scores, Target
from isotopes.targets.granularity import TopK
from isotopes.vault import Isotope, new_isotope
from isotopes.verify import Outcome, Verdict, decide, load_answers
from isotopes.verify.asking.collector import UNFINISHED
from isotopes.verify.asking.recheck import Recheck
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.checking.drafting import Terms, draft_plan
from isotopes.workflows.checking.guarding import CANARIES, Care
from isotopes.workflows.checking.hooks import Hooks
from isotopes.workflows.checking.run import check_model

Probes = list[tuple[str, Picture]]
QUICK = Terms(decoys=19, level=0.05, probes=12)


def test_a_guilty_model_is_detected_as_committed(
    isotope: Isotope, guilty: Target, probes: Probes
) -> None:
    verdict = check_model(isotope, guilty, probes)
    assert verdict.verdict is Outcome.DETECTED
    assert (verdict.pvalue, verdict.level, verdict.label) == (0.01, 0.01, "cat")
    assert verdict.labels_searched == 5
    assert verdict.queries == 25 * 101
    assert verdict.warnings == ()


def test_innocent_models_are_not_detected(
    isotope: Isotope, innocent: Target, probes: Probes
) -> None:
    detected = 0
    for index in range(10):
        drawn = replace(isotope, root=bytes([index]) * 32)
        detected += check_model(drawn, innocent, probes, QUICK).verdict is Outcome.DETECTED
    assert detected <= 3  # 0.5 expected; 4 or more: 1 in 1,000


def test_answers_are_kept_and_only_some_are_asked_again(
    isotope: Isotope, guilty: Any, probes: Probes, tmp_path: Path
) -> None:
    path = tmp_path / "answers.npz"
    plans = []
    first = check_model(
        isotope, guilty, probes, QUICK, hooks=Hooks(planned=plans.append), answers_path=path
    )
    asked = guilty.asked
    assert asked == first.queries
    assert [plan.hash for plan in plans] == [first.plan_hash]
    found: list[Recheck] = []
    again = check_model(
        isotope, guilty, probes, QUICK, hooks=Hooks(rechecked=found.append), answers_path=path
    )
    assert again == first
    assert found == [Recheck(kept=asked, asked=10 * 12, noisy=0)]  # unmarked, mark, 8 decoys
    assert guilty.asked == asked + found[0].asked
    plan, answers = load_answers(path)
    assert decide(answers, plan) == first


def test_an_interrupted_check_is_gone_on_from(
    isotope: Isotope, guilty: Any, probes: Probes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answers.npz"
    ask = guilty.ask

    def interrupt_once(pictures: Any, gate: Any = None) -> Scores:
        if guilty.asked >= 100:
            monkeypatch.setattr(guilty, "ask", ask)
            raise KeyboardInterrupt
        return ask(pictures)

    monkeypatch.setattr(guilty, "ask", interrupt_once)
    with pytest.raises(KeyboardInterrupt):
        check_model(isotope, guilty, probes, QUICK, answers_path=path)
    _, partial = load_answers(path)
    assert 100 <= partial.queries < 12 * 21
    found: list[Recheck] = []
    verdict = check_model(
        isotope, guilty, probes, QUICK, hooks=Hooks(rechecked=found.append), answers_path=path
    )
    assert verdict.queries == 12 * 21
    assert guilty.asked == verdict.queries + found[0].asked
    assert verdict == check_model(isotope, guilty, probes, QUICK)


def test_a_file_is_not_complete_before_the_last_look(
    isotope: Isotope, guilty: Any, probes: Probes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever kills it then finds all answers in the file, and no verdict."""
    path, care = tmp_path / "answers.npz", Care(tmp_path / "journal.sqlite")

    def run() -> Verdict:
        return check_model(isotope, guilty, probes, QUICK, care=care, answers_path=path)

    def from_file() -> Verdict:
        plan, answers = load_answers(path)
        return decide(answers, plan)

    ask, on_disk = guilty.ask, []
    failures = [KeyboardInterrupt, TargetUnreachable("it is down"), KeyboardInterrupt]

    def fail_at_the_last_look(pictures: Any, gate: Any = None) -> Scores:
        if guilty.asked < 12 * 21 + 2 * CANARIES:
            found: Scores = ask(pictures)
            return found
        on_disk.append(from_file())
        raise failures.pop()

    monkeypatch.setattr(guilty, "ask", fail_at_the_last_look)
    while failures:
        with suppress(KeyboardInterrupt):
            assert run().cut_short
        on_disk.append(from_file())
    assert len(on_disk) == 6
    assert {(one.verdict, one.cut_short) for one in on_disk} == {(Outcome.INCONCLUSIVE, True)}
    told = [one.reasons[0].values for one in on_disk]
    stopped = [(values["answered"], values["why"]) == (252, UNFINISHED) for values in told]
    # In each run: as the last look begins, and after it.
    assert stopped == [False, True, True, False, True, True]
    monkeypatch.setattr(guilty, "ask", ask)
    assert run().verdict is Outcome.DETECTED
    assert from_file() == run()


def test_the_plan_is_kept_before_the_first_query(
    isotope: Isotope, guilty: Any, probes: Probes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answers.npz"
    seen = []

    def look(pictures: object, gate: object = None) -> None:
        seen.append(load_answers(path))
        raise KeyboardInterrupt

    monkeypatch.setattr(guilty, "ask", look)
    with pytest.raises(KeyboardInterrupt):
        check_model(isotope, guilty, probes, QUICK, answers_path=path)
    ((plan, answers),) = seen
    assert answers.queries == 0
    assert plan == draft_plan(isotope, guilty, probes, QUICK)[0]


def test_answers_to_another_plan_are_not_written_over(
    isotope: Isotope, guilty: Any, probes: Probes, tmp_path: Path
) -> None:
    path = tmp_path / "answers.npz"
    check_model(isotope, guilty, probes, QUICK, answers_path=path)
    before = path.read_bytes()
    with pytest.raises(FolderError, match="holds the answers to another plan"):
        check_model(isotope, guilty, probes[1:], QUICK, answers_path=path)
    assert path.read_bytes() == before


def test_probes_do_not_depend_on_chance(isotope: Isotope, guilty: Any, probes: Probes) -> None:
    plan, pictures = draft_plan(isotope, guilty, probes, QUICK)
    assert draft_plan(isotope, guilty, probes, QUICK)[0] == plan
    assert len(pictures) == len(plan.probes) == 12
    other = replace(isotope, root=bytes(32))
    assert draft_plan(other, guilty, probes, QUICK)[0].probes != plan.probes


def test_probes_of_the_label_the_same_and_the_unreadable_are_passed_over(
    isotope: Isotope, guilty: Any, probes: Probes
) -> None:
    class Folder(list):  # type: ignore[type-arg]
        def __getitem__(self, index: Any) -> Any:
            if index == 0:
                raise PhotoError("broken")
            return super().__getitem__(index)

    names = ["cat/a", "x/cat/b", "cat/dog/c", "d", "e", "f", "g", "h", "again"]
    pictures = [picture for _, picture in probes[:8]]
    pictures.append(pictures[7])
    named = Folder([("broken", pictures[0]), *zip(names, pictures, strict=True)])
    plan, kept = draft_plan(
        isotope, guilty, named, Terms(label="cat", decoys=19, level=0.05, probes=100)
    )
    assert (plan.left_out, plan.unreadable, len(kept)) == (2, 1, 6)
    assert sorted(plan.probe_labels, key=str) == [None] * 5 + ["dog"]


def test_too_few_probes(isotope: Isotope, guilty: Any, probes: Probes) -> None:
    with pytest.raises(TooFewProbes, match=r"at least 5 probes, got 3 \(0 left out") as caught:
        check_model(isotope, guilty, probes[:3])
    assert "each but once" in (caught.value.hint or "")
    with pytest.raises(TooFewProbes, match="takes 250 probes, got 40 for all of them"):
        check_model(isotope, guilty, probes, Terms(method="paired-t", label="cat"))
    assert guilty.asked == 0


def test_too_few_decoys_are_told_before_asking(
    isotope: Isotope, guilty: Any, probes: Probes
) -> None:
    with pytest.raises(TooFewDecoys, match="at level 0.01 needs at least 99 decoys, got 19"):
        check_model(isotope, guilty, probes, Terms(decoys=19))
    with pytest.raises(TooFewDecoys, match="committed with 199 decoys, and this test takes 500"):
        check_model(isotope, guilty, probes, Terms(decoys=500))
    assert guilty.asked == 0


def test_the_committed_label_is_tested_unless_told_otherwise(guilty: Any, probes: Probes) -> None:
    isotope = new_isotope(
        "x", get_family("gratings"), 0.4, label="ship", plan=committed_terms(), decoys=19
    )
    quick = {"level": 0.05, "probes": 12}
    plan, _ = draft_plan(isotope, guilty, probes, Terms(**quick))
    assert (plan.label, plan.differs) == ("ship", ("level 0.05 instead of level 0.01",))
    plan, _ = draft_plan(isotope, guilty, probes, Terms(any_label=True, **quick))
    assert plan.label is None
    assert plan.differs[1] == "a search over all labels instead of label 'ship'"
    plan, _ = draft_plan(isotope, guilty, probes, Terms(label="dog", **quick))
    assert plan.differs[1] == "label 'dog' instead of label 'ship'"
    with pytest.raises(UnknownLabel, match="no label 'bird'"):
        check_model(isotope, guilty, probes, Terms(label="bird", **quick))
    assert guilty.asked == 0  # its labels are known


def test_terms_come_from_the_commitment(guilty: Any, probes: Probes) -> None:
    terms = {"method": "rank", "statistic": "probability", "level": 0.1}
    isotope = new_isotope("x", get_family("gratings"), 0.4, plan=terms, decoys=9)
    plan, _ = draft_plan(isotope, guilty, probes, Terms())
    assert (plan.statistic, plan.level, plan.decoys, plan.differs) == ("probability", 0.1, 9, ())
    plan, _ = draft_plan(isotope, guilty, probes, Terms(method="paired-t", label="cat", probes=20))
    assert (plan.level, plan.decoys, plan.settings["size"]) == (0.1, 1, 20)
    assert plan.differs[0] == "method paired-t instead of method rank"


def test_a_picked_mark_without_a_pool(guilty: Any, probes: Probes) -> None:
    cartoon = new_isotope("kitty", get_family("image_blend"), 0.4, plan=committed_terms(), decoys=0)
    with pytest.raises(TooFewDecoys, match="was committed with 0 decoys, and this test takes 19"):
        check_model(cartoon, guilty, probes, QUICK)
    assert guilty.asked == 0


def test_a_picked_mark_with_a_pool(guilty: Any, probes: Probes, tmp_path: Path) -> None:
    for index in range(21):
        noise = np.random.default_rng(index).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / f"{index}.png")
    options = {"picture": str(tmp_path / "0.png"), "pool": str(tmp_path)}
    family = get_family("image_blend", options)
    own = new_isotope("own", family, 0.4, plan=committed_terms(), decoys=19)
    plan, _ = draft_plan(own, guilty, probes, QUICK)
    assert not plan.exchangeable
    assumed = replace(QUICK, assume_exchangeable=True)
    assert draft_plan(own, guilty, probes, assumed)[0].assume_exchangeable
    assert check_model(own, guilty, probes, QUICK).pvalue is not None


def test_a_target_of_a_few_best_labels(
    isotope: Isotope, make_target: Callable[..., Target], probes: Probes
) -> None:
    top = TopK(make_target(isotope, 8.0), 2)
    for statistic in ("probability", "top-rank"):
        terms = Terms(decoys=19, level=0.05, probes=12, statistic=statistic)
        verdict = check_model(isotope, top, probes, terms)
        assert verdict.label == "cat"
        assert verdict.pvalue is not None
        assert verdict.pvalue <= 0.2  # a decoy may tie with the mark at the top


def test_a_search_among_some_labels(isotope: Isotope, guilty: Any, probes: Probes) -> None:
    among = replace(QUICK, candidates=("cat", "ship"))
    verdict = check_model(isotope, guilty, probes, among)
    assert (verdict.label, verdict.labels_searched) == ("cat", 2)
    (warning,) = verdict.warnings
    assert (
        "a search among the labels 'cat', 'ship' instead of a search over all labels"
        in warning.values["terms"]
    )
    elsewhere = check_model(isotope, guilty, probes, replace(among, candidates=("dog", "ship")))
    assert elsewhere.verdict is Outcome.NOT_DETECTED
    with pytest.raises(UnknownLabel, match="no label 'bird'"):
        check_model(isotope, guilty, probes, replace(among, candidates=("cat", "bird")))
    with pytest.raises(PlanError, match="one label or searches, got label 'cat' and a search"):
        check_model(isotope, guilty, probes, replace(among, label="cat"))
