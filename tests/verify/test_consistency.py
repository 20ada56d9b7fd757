"""A verdict that somebody hands over follows from its own scores, or is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from verdict_files import rank_verdict

from isotopes.errors import FolderError, PlanError
from isotopes.verify import Verdict
from isotopes.verify.verdicts.loading import load_verdict

PICKED = {"kind": "mark-picked", "values": {}}
ASSUMED = {"kind": "exchangeability-assumed", "values": {}}
UNKNOWN_RATE = {"kind": "error-rate-unknown", "values": {"method": "paired-t"}}
EFFECT = rank_verdict()["effect"]
NOTHING_FOUND = {
    "pvalue": None,
    "score": None,
    "decoy_scores": [],
    "effect": None,
    "probabilities": None,
    "approximation": None,
    "details": {},
    "probes": 0,
}
LEFT_OUT = {
    "kind": "label-not-tested",
    "values": {"label": "0", "shown": 25, "probes": 25, "needed": 5},
}
ELSEWHERE = {"kind": "other-probes-needed", "values": {"labels": ["0"]}}
TOO_FEW = {"kind": "too-few-probes", "values": {"needed": 5, "left": 4, "probes": 6}}


def sequential(**changes: Any) -> dict[str, Any]:
    """All of 99 decoys are lower: h = 1, level 0.01."""
    details = {"h": 1, "maximum": 99, "decoys_as_high": 0, "stopped_after": 99}
    found = rank_verdict(decoys=99, method="sequential", pvalue=0.01, details=details)
    return found | {"verdict": "detected"} | changes


def paired_t(**changes: Any) -> dict[str, Any]:
    details = {"round_pvalues": [1e-9, 0.2, 0.05], "significant_rounds": 2, "size": 8, "delta": 0.6}
    found = rank_verdict(decoys=1, method="paired-t", level=0.1, pvalue=None, details=details)
    return found | {"verdict": "detected", "warnings": [UNKNOWN_RATE]} | changes


def untested(**changes: Any) -> dict[str, Any]:
    return rank_verdict(verdict="inconclusive", reasons=[TOO_FEW], **NOTHING_FOUND) | changes


@pytest.mark.parametrize(
    "found",
    [
        rank_verdict(),
        rank_verdict(199),
        rank_verdict(1, 199, labels_searched=10),
        rank_verdict(labels_searched=9, warnings=[LEFT_OUT]),
        rank_verdict(199, verdict="inconclusive", reasons=[ELSEWHERE], warnings=[LEFT_OUT]),
        rank_verdict(exchangeable=False, warnings=[ASSUMED]),
        rank_verdict(exchangeable=False, verdict="inconclusive", reasons=[PICKED]),
        rank_verdict(50, exchangeable=False),  # not detected whatever is assumed
        sequential(),
        paired_t(),
        untested(),
    ],
)
def test_what_a_check_says_is_read(found: dict[str, Any]) -> None:
    assert Verdict.from_dict(found).to_dict() == found


@pytest.mark.parametrize(
    ("found", "said"),
    [
        # what attackers tried
        (rank_verdict(pvalue=1e-30), "a p-value of 0.005 follows from its scores, not 1e-30"),
        (rank_verdict(pvalue=float("nan")), "pvalue: expected `float` > 0.0"),
        (rank_verdict(pvalue=-1), "pvalue: expected `float` > 0.0, got -1"),
        (rank_verdict(pvalue=0), "pvalue: expected `float` > 0.0, got 0"),
        (rank_verdict(level=5), "level: expected `float` < 1.0, got 5"),
        (rank_verdict(method="oracle"), "no test is called 'oracle'"),
        # others of these kinds
        (rank_verdict(pvalue="0.005"), "pvalue: expected `float | null`, got `str`"),
        (rank_verdict(pvalue=True), "pvalue: expected `float | null`, got `bool`"),
        (rank_verdict(pvalue=None), "a p-value of 0.005 follows from its scores, not None"),
        (rank_verdict(level=float("inf")), "level: expected"),
        (rank_verdict(level=1e-9), "needs at least 999999999 decoys"),
        (rank_verdict(statistic="vibes"), "vibes"),
        (rank_verdict(3), None),
        (rank_verdict(3, verdict="detected"), "it follows from its scores that it is not detected"),
        (rank_verdict(verdict="not detected"), "it follows from its scores that it is detected"),
        (rank_verdict(199, warnings=[LEFT_OUT]), "it is inconclusive, not not detected"),
        (rank_verdict(verdict="guilty"), "verdict: invalid enum value 'guilty'"),
        (rank_verdict(verdict="inconclusive"), "inconclusive goes with a reason"),
        (rank_verdict(reasons=[TOO_FEW]), "inconclusive goes with a reason"),
        (rank_verdict(score=float("inf")), "score: expected"),
        (rank_verdict(score=None), "it has no score, but a value of pvalue"),
        (rank_verdict(score=1e309), "score: expected"),
        (
            rank_verdict(decoy_scores=[float("nan")] * 199),
            r"decoy_scores\[0\]: expected a finite number",
        ),
        (rank_verdict(decoy_scores=[9.0] * 199), "a p-value of 1 follows"),
        (rank_verdict(decoy_scores=[]), "needs at least 99 decoys, got 0"),
        (rank_verdict(details={"decoys_as_high": 1}), "'decoys_as_high': 0"),
        (rank_verdict(details={"decoys_as_high": 0, "note": "x"}), "follows from its scores"),
        (rank_verdict(queries=3), "its scores take at least 4422 queries, and it made 3"),
        (rank_verdict(queries=-1), "queries: expected `int` >= 0, got -1"),
        (rank_verdict(queries=10**30), "queries: expected `int` <= "),
        (rank_verdict(probes=0), "it has a score, but no probes"),
        (rank_verdict(label=None), "a score goes with a label and its probabilities"),
        (rank_verdict(labels_searched=0), "no probes or no label"),
        (rank_verdict(cut_short=True), "was cut short"),
        (rank_verdict(effect=None), "it has a score, but no effect"),
        (rank_verdict(effect=EFFECT | {"difference": 99}), "not the difference of its means"),
        (rank_verdict(effect=EFFECT | {"low": 4.6}), "lies outside its interval"),
        (rank_verdict(effect=EFFECT | {"high": None}), "interval has one end"),
        (rank_verdict(effect=EFFECT | {"confidence": 1}), "effect.confidence: expected"),
        (rank_verdict(effect=EFFECT | {"more": 1}), "effect.more is not one of its fields"),
        (rank_verdict(probabilities={"clean": 0, "mark": 1.5, "decoys": 0}), "mark: expected"),
        (rank_verdict(approximation={"pvalue": 2, "normality": None}), "pvalue: expected"),
        (rank_verdict(exchangeable=False), "it is inconclusive, not detected"),
        (rank_verdict(exchangeable="yes"), "exchangeable: expected `bool`"),
        (rank_verdict(commitment="sha256:ab"), "commitment: expected"),
        (rank_verdict(plan_hash="md5:" + "0" * 64), "plan_hash: expected"),
        (rank_verdict(isotope="x" * 10_000_000), "isotope: expected `str` of length <= 1000"),
        (rank_verdict(more=1), "more is not one of its fields"),
        (rank_verdict(warnings=[UNKNOWN_RATE]), "its warnings are not those of rank"),
        (rank_verdict(warnings=[{"kind": "cut-short", "values": {}}]), "has the values answered"),
        (rank_verdict(warnings=["a text"]), "expected `object`"),
        (sequential(details={}), "expected `int`"),
        (sequential(pvalue=0.001), "a p-value of 0.01 follows"),
        (
            sequential(details={"h": 9, "maximum": 99, "decoys_as_high": 0, "stopped_after": 99}),
            None,
        ),
        (
            sequential(details={"h": 0, "maximum": 99, "decoys_as_high": 0, "stopped_after": 99}),
            "must stop after 1 to 99",
        ),
        (
            sequential(decoy_scores=[4.0] * 99),  # the first of them ends it
            "a p-value of 1 follows",
        ),
        (paired_t(pvalue=0.001), "a p-value of None follows"),
        (paired_t(verdict="not detected"), "it follows from its scores that it is detected"),
        (paired_t(warnings=[]), "its warnings are not those of paired-t"),
        (paired_t(details={}), "expected `array`"),
        (untested(pvalue=0.5), "it has no score, but a value of pvalue"),
        (untested(verdict="not detected", reasons=[]), "it is not detected, but has no score"),
    ],
)
def test_what_contradicts_itself_is_refused(found: dict[str, Any], said: str | None) -> None:
    if said is None:  # a neighbour of what is refused that is right
        Verdict.from_dict(found)
        return
    with pytest.raises(PlanError, match=said):
        Verdict.from_dict(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("\n", "it is empty"),
        ("nonsense", "Expecting value"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "it must be a JSON object, got list"),
        ("null", "it must be a JSON object, got NoneType"),
        ('{"format": ["isotopes-verdict/4"]}', "its format must be isotopes-verdict/4"),
        ('{"format": "isotopes-verdict/4"}', "the field verdict is missing"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ('{"a": 1e999}', "the number 1e999 is too large"),
        ('{"a": 1' + "0" * 5000 + "}", "integer string conversion"),
        ('{"a": 1, "a": 2}', "the field 'a' is given twice"),
        ('{"a": {"b": 1, "b": 1}}', "the field 'b' is given twice"),
        ('{"a": "\\ud800"}', "surrogates not allowed"),
    ],
)
def test_files_that_hold_no_verdict(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "v.json"
    path.write_text(text)
    with pytest.raises(FolderError, match="v.json can't be read as a verdict: ") as error:
        load_verdict(path)
    assert said in str(error.value)


@pytest.mark.parametrize("data", [b"\xff\xff", b"\x80", bytes(1000), b'{"a": "\xff"}'])
def test_files_that_are_no_text(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "v.json"
    path.write_bytes(data)
    with pytest.raises(FolderError, match="can't be read as a verdict"):
        load_verdict(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_windows_saves_is_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "v.json"
    path.write_text(json.dumps(rank_verdict(label="caf\u00e9"), ensure_ascii=False), encoding)
    assert load_verdict(path).label == "caf\u00e9"


JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


@settings(max_examples=300, deadline=None)  # a busy machine may take seconds
@given(st.sampled_from(sorted(rank_verdict())), JSON | st.dictionaries(st.text(), JSON))
def test_any_value_in_any_place_is_read_or_refused_in_words(name: str, value: object) -> None:
    for found in (rank_verdict(), sequential(), paired_t(), untested()):
        try:
            Verdict.from_dict(found | {name: value})
        except PlanError as error:
            assert str(error)
