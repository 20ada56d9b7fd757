"""Does a verdict follow from its own scores?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NoReturn

from isotopes.errors import PlanError
from isotopes.stats.effect import Effect
from isotopes.stats.scores.tempered import check_statistic
from isotopes.verify.evidence.remark import RemarkKind
from isotopes.verify.evidence.unfit import unfit_pictures
from isotopes.verify.methods.method import get_method
from isotopes.verify.verdicts.outcome import Outcome

if TYPE_CHECKING:
    from isotopes.verify.verdicts.verdict import Verdict

ROUNDING = 1e-9


def check_consistent(verdict: Verdict) -> None:
    """Raise PlanError unless everything that follows from the scores is as the verdict says.

    It is taken from its test, its scores and its level, which anybody could have made up.
    """
    check_statistic(verdict.statistic)
    if (verdict.verdict is Outcome.INCONCLUSIVE) != bool(verdict.reasons):
        _refuse("inconclusive goes with a reason, and a reason with inconclusive")
    exact = get_method(verdict.method).exact
    if exact == (RemarkKind.ERROR_RATE_UNKNOWN in {one.kind for one in verdict.warnings}):
        _refuse(f"its warnings are not those of {verdict.method}")
    if verdict.score is None:
        _check_untested(verdict)
    else:
        _check_tested(verdict, verdict.score)


def _check_untested(verdict: Verdict) -> None:
    tested = ("pvalue", "effect", "probabilities", "approximation", "decoy_scores", "details")
    for name in tested:
        if getattr(verdict, name):
            _refuse(f"it has no score, but a value of {name}")
    if verdict.verdict is not Outcome.INCONCLUSIVE:
        _refuse(f"it is {verdict.verdict}, but has no score")


def _check_tested(verdict: Verdict, score: float) -> None:
    method = get_method(verdict.method)
    found = method.test_scores(score, verdict.decoy_scores, verdict.level, verdict.details)
    if found.pvalue is None or verdict.pvalue is None:
        if found.pvalue != verdict.pvalue:
            _refuse(f"a p-value of {found.pvalue} follows from its scores, not {verdict.pvalue}")
    elif not math.isclose(found.pvalue, verdict.pvalue, rel_tol=ROUNDING):
        _refuse(
            f"a p-value of {found.pvalue:.6g} follows from its scores, not {verdict.pvalue:.6g}"
        )
    if len(found.decoy_scores) != len(verdict.decoy_scores):
        _refuse(f"its test stops after {len(found.decoy_scores)} decoys")
    if dict(found.details) != dict(verdict.details):
        _refuse(f"{dict(found.details)} follows from its scores, not {dict(verdict.details)}")
    outcome = Outcome.DETECTED if found.significant else Outcome.NOT_DETECTED
    picked = found.significant and method.exact and not verdict.exchangeable
    warned = {one.kind for one in verdict.warnings}
    doubted = picked and RemarkKind.EXCHANGEABILITY_ASSUMED not in warned
    missed = not found.significant and RemarkKind.LABEL_NOT_TESTED in warned
    if doubted or missed or any(unfit_pictures(verdict)):
        outcome = Outcome.INCONCLUSIVE
    if verdict.verdict is not outcome:
        _refuse(f"it follows from its scores that it is {outcome}, not {verdict.verdict}")
    _check_counts(verdict)
    if verdict.effect is None:
        _refuse("it has a score, but no effect")
    labelled = (verdict.label, verdict.probabilities)
    if verdict.embeds != (labelled == (None, None)) or (not verdict.embeds and None in labelled):
        _refuse("a score goes with a label and its probabilities, or is one of embeddings")
    _check_effect(verdict.effect)


def _check_counts(verdict: Verdict) -> None:
    pictures = verdict.probes + verdict.own
    shown = pictures + verdict.own * verdict.embeds  # encoders are shown another view of own ones
    # Probes unmarked, and all pictures with each draw.
    asked = verdict.probes + shown * (1 + len(verdict.decoy_scores))
    if verdict.cut_short or not pictures or verdict.embeds == bool(verdict.labels_searched):
        _refuse("it has a score, but no probes or no label, or was cut short")
    if verdict.parts.keys() - {"probes", "own"}:
        _refuse(f"its parts are called {', '.join(verdict.parts)}")
    kinds = {kind for kind in ("probes", "own") if getattr(verdict, kind)}
    if verdict.embeds and verdict.parts.keys() != kinds:
        _refuse("an encoder's score has a part for each kind of picture that it was asked about")
    if verdict.queries < asked:
        _refuse(f"its scores take at least {asked} queries, and it made {verdict.queries}")


def _check_effect(effect: Effect) -> None:
    scale = max(abs(effect.mark), abs(effect.decoys), 1.0)
    if not math.isclose(effect.mark - effect.decoys, effect.difference, abs_tol=1e-6 * scale):
        _refuse("its effect is not the difference of its means")
    if effect.low is None or effect.high is None:
        if effect.low is not effect.high:
            _refuse("its effect's interval has one end")
    elif not effect.low <= effect.difference <= effect.high:
        _refuse("its effect lies outside its interval")


def _refuse(why: str) -> NoReturn:
    raise PlanError(f"it contradicts itself: {why}")
