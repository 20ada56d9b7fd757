from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import combine_pvalues, false_discovery_control

from isotopes.errors import FolderError, PlanError
from isotopes.report.sentences import combined_sentence, combined_warnings
from isotopes.stats.exact.combine import pool_models
from isotopes.targets import Picture
from isotopes.vault import Isotope
from isotopes.verify import Outcome, Verdict, rank_test
from isotopes.verify.evidence.remark import Remark, RemarkKind
from isotopes.verify.verdicts.combined import (
    CombinedVerdict,
    combine_verdicts,
)
from isotopes.verify.verdicts.loading import load_verdict
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.run import check_model

QUICK = Terms(method="rank", decoys=19, level=0.05, probes=12, label="cat")
Probes = list[tuple[str, Picture]]


@pytest.fixture
def verdict(isotope: Isotope, guilty: Any, probes: Probes) -> Verdict:
    return check_model(isotope, guilty, probes, QUICK)


def of_isotopes(verdict: Verdict, *pvalues: float | None) -> list[Verdict]:
    return [
        replace(verdict, isotope=f"isotope {at}", commitment=f"sha256:{at}", pvalue=pvalue)
        for at, pvalue in enumerate(pvalues)
    ]


def of_models(verdict: Verdict, *pvalues: float | None) -> list[Verdict]:
    return [
        replace(verdict, target=f"model {at}", target_identity=f"sha256:{at}", pvalue=pvalue)
        for at, pvalue in enumerate(pvalues)
    ]


def test_several_isotopes_are_combined_as_independent(verdict: Verdict) -> None:
    pvalues = [0.03, 0.2, 0.01]
    found = combine_verdicts(of_isotopes(verdict, *pvalues))
    assert found.pvalue == pytest.approx(combine_pvalues(pvalues).pvalue)
    adjusted = [check.adjusted for check in found.checks]
    np.testing.assert_allclose(adjusted, false_discovery_control(pvalues))
    assert [check.detected for check in found.checks] == [True, False, True]
    assert (found.verdict, found.method, found.level) == ("detected", "fisher", 0.05)
    assert str(found).startswith("detected (p = ")
    assert all(one.plan_hash == verdict.plan_hash for one in found.checks)
    assert all(one.effect == verdict.effect for one in found.checks)


def test_one_isotope_in_several_models_is_ranked_in_all_of_them_together(
    isotope: Isotope, guilty: Any, innocent: Any, probes: Probes
) -> None:
    one = check_model(isotope, guilty, probes, QUICK)
    other = replace(check_model(isotope, innocent, probes, QUICK), target_identity="sha256:other")
    found = combine_verdicts([one, other])
    pooled = pool_models([[v.score, *v.decoy_scores] for v in (one, other)])
    assert found.method == "pooled rank"
    assert found.pvalue == rank_test(pooled[0], pooled[1:]).pvalue
    assert found.dependence == "any"
    assert (one.pvalue, found.checks[0].adjusted) == (0.05, pytest.approx(0.15))  # harmonic: 1.5


def test_what_can_not_be_pooled_may_depend_on_each_other_in_any_way(verdict: Verdict) -> None:
    first, second = of_models(verdict, 0.01, 0.04)
    fewer = replace(second, decoy_scores=second.decoy_scores[:10])
    sequential = replace(second, method="sequential")
    inconclusive = replace(second, pvalue=None, score=None, decoy_scores=())
    for other in (fewer, sequential, inconclusive):
        found = combine_verdicts([first, other])
        expected = false_discovery_control([0.01, other.pvalue or 1.0], method="by").min()
        assert (found.method, found.pvalue) == ("hommel", pytest.approx(expected))
    both = [*of_isotopes(first, 0.01, 0.02), *of_isotopes(second, 0.5, 0.6)]
    assert combine_verdicts(both).method == "hommel"


def test_a_check_without_a_result_counts_as_1(verdict: Verdict) -> None:
    first, second = of_isotopes(verdict, 0.001, None)
    second = replace(second, reasons=(Remark(RemarkKind.ANSWERS_TOO_COARSE),))
    found = combine_verdicts([first, second])
    assert found.checks[1].reasons == second.reasons
    assert found.pvalue == pytest.approx(combine_pvalues([0.001, 1.0]).pvalue)
    assert found.checks[1].pvalue is None
    assert not found.checks[1].detected
    nothing = combine_verdicts(of_isotopes(verdict, None, None))
    assert nothing.verdict is Outcome.INCONCLUSIVE


def test_a_label_that_one_check_left_out_may_be_the_marks(verdict: Verdict) -> None:
    values = {"label": "dog", "shown": 12, "probes": 12, "needed": 5}
    left_out = (Remark(RemarkKind.LABEL_NOT_TESTED, values),)
    first, second = of_isotopes(verdict, 0.5, 0.8)
    assert combine_verdicts([first, second]).verdict is Outcome.NOT_DETECTED
    found = combine_verdicts([first, replace(second, warnings=left_out)])
    assert found.verdict is Outcome.INCONCLUSIVE
    assert "1 of them could not test every label" in combined_sentence(found)
    assert any('label "dog" was not tested' in words for words in combined_warnings(found))
    sure = combine_verdicts([replace(first, pvalue=0.001), replace(second, warnings=left_out)])
    assert sure.verdict is Outcome.DETECTED


def test_marks_that_no_model_saw(isotope: Isotope, innocent: Any, probes: Probes) -> None:
    detected = []
    for group in range(8):
        drawn = [replace(isotope, root=bytes([3 * group + at]) * 32) for at in range(3)]
        verdicts = [check_model(one, innocent, probes, replace(QUICK, level=0.1)) for one in drawn]
        named = [
            replace(v, commitment=f"sha256:{at}") for at, v in enumerate(verdicts)
        ]  # the fixture's commitment is one and the same
        detected.append(combine_verdicts(named).verdict == "detected")
    assert sum(detected) <= 4  # 0.8 expected; 5 or more: 1 in 2,300


def test_level_warnings_and_json(verdict: Verdict) -> None:
    some = of_isotopes(verdict, 0.02, 0.03)
    some[1] = replace(some[1], level=0.01, warnings=(Remark(RemarkKind.EXCHANGEABILITY_ASSUMED),))
    found = combine_verdicts(some)
    assert found.level == 0.01
    assert found.checks[1].warnings == some[1].warnings
    assert combine_verdicts(some, level=0.2).level == 0.2
    again = CombinedVerdict.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found


def test_what_can_not_be_combined(verdict: Verdict) -> None:
    first, second = of_isotopes(verdict, 0.1, 0.2)
    for wrong, message in (
        ([first], "at least 2 verdicts can be combined, got 1"),
        ([first, first], "isotope isotope 0 was checked in linear more than once"),
        ([first, replace(second, method="paired-t")], "paired-t has no exact p-value"),
        ([first, replace(second, exchangeable=False)], "somebody picked the mark of isotope"),
    ):
        with pytest.raises(PlanError, match=message):
            combine_verdicts(wrong)
    picked = [first, replace(second, exchangeable=False)]
    assert combine_verdicts(picked, assume_exchangeable=True).checks[1].pvalue == 0.2
    with pytest.raises(PlanError, match="level must be above 0 and below 1, got 1"):
        combine_verdicts([first, second], level=1)


def test_verdicts_are_read_or_made_again(
    isotope: Isotope, guilty: Any, probes: Probes, tmp_path: Path
) -> None:
    verdict = check_model(isotope, guilty, probes, QUICK, answers_path=tmp_path / "a.npz")
    (tmp_path / "v.json").write_text(json.dumps(verdict.to_dict()))
    assert load_verdict(tmp_path / "a.npz") == verdict
    assert load_verdict(tmp_path / "v.json").to_dict() == verdict.to_dict()
    with pytest.raises(FolderError, match="there is no file"):
        load_verdict(tmp_path / "nowhere.json")
    for text in ("[1]", "{", "{}", '{"format": "isotopes-verdict/4"}'):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(FolderError, match=r"bad.json can't be read as a verdict") as error:
            load_verdict(tmp_path / "bad.json")
        assert "isotopes check --json" in (error.value.hint or "")
    old = {name: value for name, value in verdict.to_dict().items() if name != "cut_short"}
    (tmp_path / "old.json").write_text(json.dumps({**old, "format": "isotopes-verdict/1"}))
    told = r"old.json can't .* another version of isotopes: its format is isotopes-verdict/1, and"
    with pytest.raises(FolderError, match=told) as error:
        load_verdict(tmp_path / "old.json")
    assert "make it again" in (error.value.hint or "")
