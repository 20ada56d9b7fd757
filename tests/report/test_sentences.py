"""The words of each verdict, made from its fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from isotopes.report.remarks import remark_in_words
from isotopes.report.sentences import (
    combined_sentence,
    combined_warnings,
    ground,
    sentence,
    warnings,
)
from isotopes.verify import Outcome, Verdict, methods
from isotopes.verify.evidence.remark import VALUES as NEEDED
from isotopes.verify.evidence.remark import Remark, RemarkKind
from isotopes.verify.verdicts.combined import combine_verdicts

VALUES: dict[str, Any] = {
    "why": "it fell over",
    "answered": 1252,
    "wanted": 5025,
    "label": "cat",
    "needed": 5,
    "left": 4,
    "shown": 3,
    "probes": 6,
    "method": "paired-t",
    "terms": ["level 0.05 instead of level 0.01", "no label instead of label 'cat'"],
    "labels": [f"label {at}" for at in range(9)],
    "decoys": 30,
    "marks": 7,
    "enough": 239,
    "deviations": -12.3,
    "pictures": 17,
    "least_side": 81,
    "light": 11,
}
CHANCE = "an innocent model would look this guilty"


def sequential(verdict: Verdict, high: int, draws: int, **more: Any) -> Verdict:
    details = {"decoys_as_high": high, "stopped_after": draws}
    return replace(verdict, method="sequential", details=details, **more)


def test_rank(detected: Verdict) -> None:
    assert sentence(detected) == (
        'detected: label "cat" rises more with the mark than with any of 199 decoys;'
        f" {CHANCE} at most 1 time in 200 (p = 0.005)"
    )
    beaten = replace(
        detected, verdict=Outcome.NOT_DETECTED, pvalue=0.015, details={"decoys_as_high": 2}
    )
    assert sentence(beaten) == (
        "not detected: your mark did not stand out; this does not clear the model."
        ' Label "cat" rises as much or more with 2 of 199 decoys;'
        f" {CHANCE} at most 3 times in 200 (p = 0.015)"
    )


def test_rank_over_labels(detected: Verdict) -> None:
    searched = replace(detected, labels_searched=100)
    assert ground(searched).startswith(
        'of 100 labels "cat" rises most with the mark, further than any label does with any of 199'
        " decoys; "
    )
    beaten = replace(searched, details={"decoys_as_high": 2})
    assert ground(beaten).startswith(
        'of 100 labels "cat" rises most with the mark, but 2 of 199 decoys lift some label as far'
        " or further; "
    )


def test_sequential(detected: Verdict) -> None:
    assert ground(sequential(detected, 0, 99, pvalue=0.01)) == (
        'label "cat" rises as much or more with none of 99 decoys as with the mark;'
        f" {CHANCE} with a chance of at most 0.01"
    )
    assert ground(sequential(detected, 2, 4, pvalue=0.5, labels_searched=10)) == (
        'of 10 labels "cat" rises most with the mark; 2 of 4 decoys lift some label as far or'
        f" further; {CHANCE} with a chance of at most 0.5"
    )


def test_paired_t(paired_t: Verdict) -> None:
    assert sentence(paired_t) == (
        'detected: 5 of 5 paired t-tests over 250 probes each find label "cat" higher with the mark'
        " than with one external mark (p < 0.01)"
    )
    assert warnings(paired_t)[0].startswith("the false-positive rate of paired-t is not known")


def test_reasons_come_before_what_was_found(detected: Verdict) -> None:
    picked = replace(
        detected, verdict=Outcome.INCONCLUSIVE, reasons=(Remark(RemarkKind.MARK_PICKED),)
    )
    found = sentence(picked)
    assert found.startswith("inconclusive: somebody picked this mark")
    assert found.endswith(ground(detected))


def test_no_reason_no_finding(inconclusive: Verdict) -> None:
    assert sentence(inconclusive) == (
        "inconclusive: too few probes are left: a label needs 5 that the model doesn't give that"
        " label anyway, and 4 of 6 remain"
    )


@pytest.mark.parametrize("kind", RemarkKind)
def test_every_remark_has_words_from_its_values(kind: RemarkKind) -> None:
    values = {name: VALUES[name] for name in NEEDED[kind]}
    words = remark_in_words(Remark(kind, values))
    assert words
    assert not words.endswith(".")
    for name in values:
        value = VALUES[name]
        shown = value[0] if isinstance(value, list) else value
        assert (shown if isinstance(shown, str) else f"{shown:,}") in words, name


@pytest.mark.parametrize("method", sorted(methods()))
def test_every_method_has_words(detected: Verdict, method: str) -> None:
    details = {
        "decoys_as_high": 0,
        "stopped_after": 99,
        "round_pvalues": [0.01],
        "significant_rounds": 1,
        "size": 5,
    }
    assert '"cat"' in ground(replace(detected, method=method, details=details))


def test_several_checks(detected: Verdict, inconclusive: Verdict) -> None:
    other = replace(inconclusive, isotope="winter", commitment="sha256:other")
    found = combine_verdicts([detected, other])
    assert combined_sentence(found) == (
        "not detected: taken together, your marks did not stand out; this does not clear any of the"
        " models. 2 checks together (Fisher's method): models that never saw any of these"
        f" marks would look this guilty with a chance of at most {found.pvalue:.3g} (level 0.01);"
        " 1 of 2 are called detected one by one"
    )
    assert combined_warnings(found) == [
        "winter in model.onnx: it gave no result and counts as p = 1: "
        + remark_in_words(inconclusive.reasons[0])
    ]
    nothing = combine_verdicts([inconclusive, other])
    assert combined_sentence(nothing) == "inconclusive: none of 2 checks came to a result"


def test_pictures_that_nobody_committed_to_limit_a_detection(detected: Verdict) -> None:
    """Others' pictures can be picked after looking; own ones are recorded when they are marked."""
    (told,) = warnings(detected)
    assert "whoever tried other pictures or numbers of them must report all" in told
    assert warnings(replace(detected, probes=0, own=12)) == []
    assert warnings(replace(detected, verdict=Outcome.NOT_DETECTED)) == []
