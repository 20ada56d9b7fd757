"""The page of several checks that are judged together."""

from __future__ import annotations

from collections.abc import Sequence

from isotopes.escaping import json_text
from isotopes.hints import command
from isotopes.report.combined_plot import describe_pvalues, pvalue_plot
from isotopes.report.key_words import about_key
from isotopes.report.pages.background import ARITHMETIC, Background, vouched
from isotopes.report.pages.content import Command, Page, Picture, Statement, Table
from isotopes.report.pages.marks import marks_table
from isotopes.report.sentences import combined_sentence, combined_warnings
from isotopes.stats.effect import Effect
from isotopes.verify import Outcome
from isotopes.verify.verdicts.combined import CombinedVerdict, JointCheck

HEAD = ("isotope", "model", "label", "p", "p adjusted", "detected", "effect (95 % interval)")
READING = (
    "The p-value of all checks together says how often models that never saw any of these marks"
    " would look this guilty. For single marks see the adjusted p-values:"
    " of those called detected, the stated share at most is wrong on average.",
    "That holds if all checks that were made are here. Leaving out those that turned out badly"
    " makes both figures worthless.",
)
NOT_SAID = (
    "It does not show which pictures were used, how many, or by whom.",
    "A check without a result counts as p = 1: it can only weaken a detection.",
)


def combined_content(verdict: CombinedVerdict, backgrounds: Sequence[Background] = ()) -> Page:
    """The content of these checks' page."""
    _, _, ground = combined_sentence(verdict).partition(": ")
    isotopes = list(dict.fromkeys(check.isotope for check in verdict.checks))
    models = list(dict.fromkeys(check.target for check in verdict.checks))
    beacons = {check.commitment: check.beacon for check in verdict.checks}
    decided = verdict.verdict is not Outcome.INCONCLUSIVE
    return Page(
        title=f"{len(verdict.checks)} checks together: {verdict.verdict}",
        question=(f"Was {_any_of(isotopes, 'mark')} learned by {_any_of(models, 'model')}?"),
        outcome=verdict.verdict,
        ground=ground,
        warnings=tuple(combined_warnings(verdict)),
        chart=_chart(verdict),
        tables=(
            Table("Check by check", HEAD, tuple(map(joint_row, verdict.checks))),
            *marks_table(backgrounds),
        ),
        reading=READING if decided else (),
        not_said=(*NOT_SAID, about_key(list(beacons.values()))) if decided else (),
        statements=(
            Statement("The p-values follow from the scores of marks and decoys", ARITHMETIC),
            Statement("These are all checks that were made", "the owner's word"),
            Statement(
                "The answers are the models' own",
                "the owner's word: only asking the models again shows it",
            ),
            *vouched(backgrounds, beacons=list(beacons.values())),
        ),
        commands=(
            Command("Judge the same checks again", "isotopes combine VERDICT.json ANSWERS.npz"),
            *(
                Command(
                    f"Ask {model} again",
                    command("check ISOTOPE --target {} --probes FOLDER", model),
                )
                for model in models
            ),
        ),
        sections=(
            (
                "How they were judged together",
                (
                    ("p-value together", f"{verdict.pvalue:.4g} (level {verdict.level:g})"),
                    ("method", verdict.method),
                    ("assumed of the p-values", verdict.dependence),
                    *(
                        (f"plan of {one.isotope} in {one.target}", one.plan_hash)
                        for one in verdict.checks
                    ),
                ),
            ),
        ),
        json=json_text(verdict.to_dict(), indent=2),
    )


def joint_row(check: JointCheck) -> tuple[str, ...]:
    """One of the checks under `HEAD`."""
    return (
        check.isotope,
        check.target,
        check.label or "",
        "none" if check.pvalue is None else f"{check.pvalue:.3g}",
        f"{check.adjusted:.3g}",
        "yes" if check.detected else "no",
        effect_in_words(check.effect),
    )


def effect_in_words(effect: Effect | None) -> str:
    """How much higher the mark scores than its decoys; "" if nothing was measured."""
    if effect is None:
        return ""
    if effect.low is None or effect.high is None:
        return f"{effect.difference:+.3g}"
    return f"{effect.difference:+.3g} ({effect.low:+.3g} to {effect.high:+.3g})"


def _chart(verdict: CombinedVerdict) -> Picture:
    described = describe_pvalues(verdict)
    return Picture(pvalue_plot(verdict).encode(), "image/svg+xml", described, described, wide=True)


def _any_of(names: Sequence[str], noun: str) -> str:
    return f"the {noun} {names[0]}" if len(names) == 1 else f"any of {len(names)} {noun}s"
