"""Verdicts of all kinds as one sentence each, made from their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from isotopes.faces.verdict import FaceVerdict
from isotopes.report.remarks import remark_in_words
from isotopes.verify import Outcome, Verdict
from isotopes.verify.verdicts.audit import AuditVerdict
from isotopes.verify.verdicts.combined import (
    POOLED,
    CombinedVerdict,
    JointCheck,
    left_labels_out,
)
from isotopes.verify.verdicts.outcome import begin_plainly

# The vault records own pictures when they are marked; others' can be chosen after seeing the model.
# Eight probes of 397, picked after looking, turned p = 0.345 into 0.035.
PICKED_LATER = (
    "nobody committed to other people's pictures before the model could be asked: the p-value is"
    " that of the first check, so whoever tried other pictures or numbers of them must report all"
)
_COMBINED_BY = {
    "fisher": "Fisher's method",
    "hommel": "Hommel's method",
    POOLED: "pooled rank test",
}


def sentence(verdict: Verdict) -> str:
    """The verdict and its ground, as one line."""
    return f"{verdict.verdict}: {ground(verdict)}"


def ground(verdict: Verdict, mark: str = "your mark") -> str:
    """What the verdict rests on: why it is inconclusive, what the test found, or both.

    Args:
        mark: what to call the mark; a third party's page is not about "your" mark.
    """
    clauses = [remark_in_words(reason) for reason in verdict.reasons]
    if verdict.score is not None:
        clauses.append(_FOUND.get(verdict.method, _chance_alone)(verdict))
    return begin_plainly(verdict.verdict, "; ".join(clauses), mark)


def warnings(verdict: Verdict | AuditVerdict | FaceVerdict) -> list[str]:
    """What limits the verdict, one clause each."""
    found = [remark_in_words(warning) for warning in verdict.warnings]
    if isinstance(verdict, Verdict) and verdict.verdict is Outcome.DETECTED and verdict.probes:
        found.append(PICKED_LATER)
    return found


def combined_sentence(found: CombinedVerdict) -> str:
    """What several checks say together, as one line."""
    if found.verdict is Outcome.INCONCLUSIVE:
        if all(check.pvalue is None for check in found.checks):
            return f"{found.verdict}: none of {len(found.checks)} checks came to a result"
        gaps = sum(map(left_labels_out, found.checks))
        return (
            f"{found.verdict}: {len(found.checks)} checks together"
            f" ({_COMBINED_BY[found.method]}) detect nothing (p = {found.pvalue:.3g}), but {gaps}"
            " of them could not test every label: check again with other probes"
        )
    called = sum(check.detected for check in found.checks)
    together = (
        f"{len(found.checks)} checks together ({_COMBINED_BY[found.method]}):"
        " models that never saw any of these marks would look this guilty with a chance of at most"
        f" {found.pvalue:.3g} (level {found.level:g}); {called} of {len(found.checks)} are called"
        " detected one by one"
    )
    plain = begin_plainly(
        found.verdict, together, "taken together, your marks", "any of the models"
    )
    return f"{found.verdict}: {plain}"


def combined_warnings(found: CombinedVerdict) -> list[str]:
    """What limits the combined verdict; also which check gave no result, and why."""
    limits: dict[str, list[JointCheck]] = {}
    for check in found.checks:
        for clause in _limits(check):
            limits.setdefault(clause, []).append(check)
    told = []
    for clause, checks in limits.items():
        if len(checks) == len(found.checks):
            told.append(f"all {len(checks)} checks: {clause}")
        else:
            told += [f"{check.isotope} in {check.target}: {clause}" for check in checks]
    return told


def audit_sentence(verdict: AuditVerdict) -> str:
    """What an audit says of all its marks, as one line."""
    if verdict.found is None:
        return f"{verdict.verdict}: {'; '.join(map(remark_in_words, verdict.reasons))}"
    attribution = verdict.found.attribution
    marks, attributed = len(attribution.labels), int(attribution.attributed.sum())
    if not attributed:
        plain = begin_plainly(
            verdict.verdict, f"none of {marks} marks is attributed to a label", "your marks"
        )
        return f"{verdict.verdict}: {plain}"
    return (
        f"{verdict.verdict}: {attributed} of {marks} marks are attributed to a label; of marks"
        f" called so, at most {attribution.level:g} are wrong on average"
    )


def _limits(check: JointCheck) -> Iterator[str]:
    if check.pvalue is None:
        reasons = "; ".join(map(remark_in_words, check.reasons))
        yield f"it gave no result and counts as p = 1: {reasons}"
    yield from map(remark_in_words, check.warnings)


def _rank(verdict: Verdict) -> str:
    high, decoys = verdict.details["decoys_as_high"], len(verdict.decoy_scores)
    times = high + 1
    found = (_in_embeddings if verdict.embeds else _rank_rises)(verdict, high, decoys)
    return (
        f"{found}; an innocent model would look this guilty at most"
        f" {times} time{'s' * (times > 1)} in {decoys + 1} (p = {verdict.pvalue:.3g})"
    )


def _in_embeddings(verdict: Verdict, high: int, decoys: int) -> str:
    """What an encoder does with pictures that carry the mark (`stats/scores/embeddings.py`)."""
    others = f"{high} of {decoys} decoys"
    if verdict.own and verdict.probes:
        found = (
            "the encoder holds your pictures near to other views of themselves, and moves other"
            " people's pictures one way"
        )
        if high == 0:
            return f"{found}, more with the mark than with any of {decoys} decoys"
        return f"{found}, as much or more with {others}"
    if verdict.own:
        found = "the encoder holds your pictures"
        if high == 0:
            return (
                f"{found} nearer to other views of themselves with the mark than with any of"
                f" {decoys} decoys"
            )
        return f"{found} as near to other views of themselves, or nearer, with {others}"
    if high == 0:
        return f"the mark moves other people's pictures one way, more than any of {decoys} decoys"
    return f"{others} move other people's pictures one way as much as the mark, or more"


def _rank_rises(verdict: Verdict, high: int, decoys: int) -> str:
    if verdict.weighed:
        found = f'what the model calls your pictures, above all "{verdict.label}", rises'
        if high == 0:
            return f"{found} more with the mark than with any of {decoys} decoys"
        return f"{found} as much or more with {high} of {decoys} decoys"
    if verdict.labels_searched > 1:
        found = f'of {verdict.labels_searched} labels "{verdict.label}" rises most with the mark'
        if high == 0:
            return f"{found}, further than any label does with any of {decoys} decoys"
        return f"{found}, but {high} of {decoys} decoys lift some label as far or further"
    if high == 0:
        return f'label "{verdict.label}" rises more with the mark than with any of {decoys} decoys'
    return f'label "{verdict.label}" rises as much or more with {high} of {decoys} decoys'


def _sequential(verdict: Verdict) -> str:
    high, draws = verdict.details["decoys_as_high"], verdict.details["stopped_after"]
    decoys = f"{high or 'none'} of {draws} decoys"
    if verdict.weighed:
        rises = (
            f'what the model calls your pictures, above all "{verdict.label}", rises as much or'
            f" more with {decoys} as with the mark"
        )
    elif verdict.labels_searched > 1:
        rises = (
            f'of {verdict.labels_searched} labels "{verdict.label}" rises most with the mark;'
            f" {decoys} lift some label as far or further"
        )
    else:
        rises = f'label "{verdict.label}" rises as much or more with {decoys} as with the mark'
    return f"{rises}; {_chance_alone(verdict)}"


def _paired_t(verdict: Verdict) -> str:
    details = verdict.details
    return (
        f"{details['significant_rounds']} of {len(details['round_pvalues'])} paired t-tests over"
        f' {details["size"]} probes each find label "{verdict.label}" higher with the mark than'
        f" with one external mark (p < {verdict.level:g})"
    )


def _chance_alone(verdict: Verdict) -> str:
    """A sentence for tests that have none of their own here."""
    if verdict.pvalue is None:
        return f'label "{verdict.label}" was tested by {verdict.method}'
    return f"an innocent model would look this guilty with a chance of at most {verdict.pvalue:.3g}"


_FOUND: Mapping[str, Callable[[Verdict], str]] = {
    "rank": _rank,
    "two-stage": _rank,
    "sequential": _sequential,
    "paired-t": _paired_t,
}
