"""What a verdict means and what it doesn't, in words for people who know no statistics."""

from __future__ import annotations

import math
from collections.abc import Iterator

from isotopes.report.key_words import NONE_IN_SHORT, about_key
from isotopes.stats.effect import Approximation, Effect
from isotopes.stats.independence import CorrelationResult
from isotopes.verify import Outcome, Verdict, get_method
from isotopes.verify.methods.method import EMBEDDED_OWN
from isotopes.verify.plans.plan import QUERY_ORDER

EXACT = (
    "The p-value is exact. The mark and its decoys were drawn by one rule from one secret key, and"
    " the owner committed to all of them together. To a model that never saw the mark it is one"
    " draw among many, so its rank is random, whatever the model.",
    "That rests on one condition: the model, the pictures that it was asked about, and their choice"
    " must be independent of the key. Nobody can see that from here. A trace of the mark in the"
    " pictures was looked for before the first query, and the result is below; but pictures that"
    " were picked after looking at answers, or made from the key with some care, leave none, and"
    " with those any innocent model looks guilty. If you don't trust the owner, ask again with"
    " pictures of your own.",
)
ASSUMED = (
    "The p-value is exact only if this mark could as well have been one of its decoys. It was not"
    " drawn with them by a key but picked by somebody, so you have to believe that: a mark that is"
    " unlike its decoys may move a label more than they do without any model having seen it.",
)
FOR_DETECTED = (
    "It does not show which of the marked pictures were used, how many, or who used them: only"
    " that the model reacts to the mark as hardly any innocent model would. Pictures that carry"
    " this mark explain that, and so do pictures with a very similar one, whoever published them.",
    "It holds for the model that answered. That the person or service behind it trained it, or"
    " lacked the right to, is another question.",
)
FOR_NOT_DETECTED = (
    "It does not show that the pictures were not used. Too few of them may have been marked, the"
    " mark may have been too faint, the model may have been trained in a way that missed it,"
    " or its answers may be too coarse.",
)
FOR_INCONCLUSIVE = ("Nothing follows from it, in either direction.",)
NO_PROOF = (
    "A chance of {chance} is no proof. If you check many models or many marks, you will see it by"
    " chance; then report all checks, and judge them together."
)
PARTS = {"probes": "on other people's pictures", "own": "on your own"}  # of a verdict's `parts`
EMBEDDED_PARTS = {  # the same of an encoder
    "probes": "in how far other people's pictures go one way",
    "own": "in how near your pictures are to other views of themselves",
}
UNKNOWN_RATE = (
    "This test repeats the paper's Algorithm 1. It compares two marks over many pictures, but two"
    " marks that no model ever saw differ as well, so it finds unused marks in innocent models. Do"
    " not accuse anybody because of it.",
)


def what_it_says(verdict: Verdict) -> tuple[str, ...]:
    """What the p-value of this verdict rests on, paragraph by paragraph."""
    if verdict.pvalue is not None:
        return EXACT if verdict.exchangeable else ASSUMED
    return () if verdict.verdict is Outcome.INCONCLUSIVE else UNKNOWN_RATE


def what_it_does_not_say(verdict: Verdict) -> tuple[str, ...]:
    """What nobody should read into this verdict, paragraph by paragraph."""
    if verdict.verdict is Outcome.NOT_DETECTED:
        return FOR_NOT_DETECTED
    if verdict.verdict is Outcome.INCONCLUSIVE:
        return FOR_INCONCLUSIVE
    proof = () if verdict.pvalue is None else (NO_PROOF.format(chance=in_chance(verdict.pvalue)),)
    return (*FOR_DETECTED, *proof, about_key([verdict.beacon]))


def in_chance(pvalue: float) -> str:
    """A probability for people who know no statistics.

    It never understates the chance: 1 in 66.7 becomes 1 in 66.

    >>> in_chance(0.005), in_chance(0.015), in_chance(0.7)
    ('1 in 200', '1 in 66', '70 in 100')
    """
    if pvalue > 0.1:
        return f"{math.ceil(100 * pvalue - 1e-9)} in 100"
    return f"1 in {math.floor(1 / pvalue + 1e-9):,}"


def evidence_rows(verdict: Verdict) -> list[tuple[str, str]]:
    """What was found, as (what, value)."""
    rows = []
    if verdict.label is not None:
        searched = f", found among {verdict.labels_searched}" * (verdict.labels_searched > 1)
        weighed = (
            f"; none was named, and of {verdict.labels_searched} this one counted most"
            * verdict.weighed
        )
        rows.append(("label", f"{verdict.label}{weighed or searched}"))
    if verdict.pvalue is not None:
        name = "p-value, exact" if verdict.exchangeable else "p-value, under the assumption"
        rows.append((name, f"{verdict.pvalue:.4g} (level {verdict.level:g})"))
    if verdict.effect is not None:
        of = f"its {verdict.statistic}"
        if verdict.embeds:
            of = "views of your pictures" if verdict.own else "other people's pictures"
        rows.append((f"effect on {of}", _effect(verdict.effect)))
    if len(verdict.parts) > 1 or (verdict.embeds and verdict.parts):
        rows.append(("the mark above all draws", _parts(verdict)))
    if verdict.probabilities is not None:
        means = verdict.probabilities
        unmarked = "" if means.clean is None else f", {means.clean:.3g} without either"
        rows.append(
            (
                "its mean probability",
                f"{means.mark:.3g} with the mark, {means.decoys:.3g} with decoys{unmarked}",
            )
        )
    if verdict.approximation is not None:
        rows.append(("p-value, approximate", _approximation(verdict.approximation)))
    return rows


def effort_rows(verdict: Verdict) -> list[tuple[str, str]]:
    """What the check took, as (what, value)."""
    left_out = f"{verdict.unreadable} unreadable"
    if not verdict.embeds:  # without labels, neither answers nor folders leave any out
        left_out = (
            f"{verdict.left_out_by_answer} by the model's answer,"
            f" {verdict.left_out_by_name} by folder name, {left_out}"
        )
    return [
        ("queries", f"{verdict.queries:,}"),
        ("probes used", f"{verdict.probes}"),
        *([("own pictures used", _own(verdict))] if verdict.own else []),
        ("pictures left out" if verdict.embeds else "probes left out", left_out),
        ("decoys", f"{len(verdict.decoy_scores)}"),
        *_condition_rows(verdict),
    ]


def _own(verdict: Verdict) -> str:
    """How many own pictures were used, and why so many."""
    why = (
        "all that carry the mark and could be used"
        if verdict.own < (EMBEDDED_OWN if verdict.embeds else get_method(verdict.method).own)
        else "drawn by the key from all that carry the mark, so that nobody picks them"
    )
    decoys = len(verdict.decoy_scores)
    if not decoys:
        return f"{verdict.own}: {why}"
    views = 2 if verdict.embeds else 1
    return (
        f"{verdict.own}: {why}; each costs {views * (decoys + 1)} questions, with the mark and with"
        f" {decoys} decoys{', as it is and in another view' * verdict.embeds}"
    )


def _condition_rows(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Whether the pictures depend on the mark, as far as that was measured."""
    if verdict.independence is not None:
        yield "probes independent of the mark", independence_in_words(verdict.independence)
    if verdict.own_independence is not None:
        yield "originals independent of the mark", independence_in_words(verdict.own_independence)
    if verdict.copies is not None:
        carried = verdict.copies.highest
        answer = "yes" if carried else "no"
        yield "published copies carry the mark", f"{answer}: {_rank(verdict.copies)}"


def independence_in_words(found: CorrelationResult) -> str:
    """What was found of the mark in pictures that should be independent of it."""
    if found.extreme:
        return f"no: {_rank(found)}"
    return f"no trace of it found, which excludes only a crude forgery: {_rank(found)}"


def _rank(found: CorrelationResult) -> str:
    return (
        f"p = {found.pvalue:.3g} among {found.decoys} decoys ({found.deviations:+.1f} standard"
        f" deviations, {found.pictures} pictures)"
    )


def _parts(verdict: Verdict) -> str:
    words = EMBEDDED_PARTS if verdict.embeds else PARTS
    told = ", ".join(f"{value:+.1f} {words[kind]}" for kind, value in verdict.parts.items())
    return f"{told} (standard deviations)"


def plan_rows(verdict: Verdict) -> list[tuple[str, str]]:
    """What was fixed before the model was asked, as (what, value)."""
    return [
        ("isotope", verdict.isotope),
        ("commitment", verdict.commitment),
        ("public randomness in the key", verdict.beacon or f"none: {NONE_IN_SHORT}"),
        ("plan", verdict.plan_hash),
        ("model", verdict.target),
        ("model's identity", verdict.target_identity),
        ("test", verdict.method),
        ("statistic", verdict.statistic),
        ("level", f"{verdict.level:g}"),
        ("order of the queries", QUERY_ORDER),
        ("pictures of the queries", "disguised" if verdict.disguised else "as they are"),
        ("versions", ", ".join(f"{name} {v}" for name, v in sorted(verdict.versions.items()))),
    ]


def _effect(effect: Effect) -> str:
    text = f"{effect.difference:+.3g} against the decoys' mean"
    if effect.low is None or effect.high is None:
        return text
    share = f"{effect.confidence:.0%}"
    return f"{text} ({share} interval over pictures: {effect.low:+.3g} to {effect.high:+.3g})"


def _approximation(found: Approximation) -> str:
    text = f"{found.pvalue:.2g}, assuming normal log-odds"
    if found.normality is not None:
        doubt = "gives reason" if found.normality < 0.05 else "gives no reason"
        text += f" (Shapiro-Wilk p = {found.normality:.2g} {doubt} to doubt it)"
    return f"{text}; not used for the verdict"
