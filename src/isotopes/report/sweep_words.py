"""What a sweep says, in words and as a table with the marks that stand out first."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

from isotopes.escaping import escape
from isotopes.files import atomic_write
from isotopes.report.remarks import remark_in_words
from isotopes.verify.evidence.disguised import disguise_remark
from isotopes.verify.verdicts.outcome import begin_plainly
from isotopes.verify.verdicts.sweep import SweepVerdict

HEAD = (
    "isotope",
    "attributed",
    "label that rises most",
    "by (95 % interval)",
    "p",
    "p adjusted",
    "published for",
    "claim p adjusted",
)


HOW_TO_READ = (
    "Attributed: the mark lifts some label further than decoys (marks that nobody published) lift"
    " any label. Its p-value is exact, with all labels searched. Of the marks called attributed, at"
    " most the stated share is wrong on average. If several labels rise, the test does not say that"
    " the one which rises most is the right one.",
    "The claim: does the label that the mark was published for rise more with it than with decoys?"
    " Its p-values are adjusted for the number of claims.",
    "It does not show which pictures were used, how many, or by whom; and a mark that is not"
    " attributed may have been learned too faintly to be seen.",
)


UNCHECKED = "vectors from a file: nobody can see whether marked pictures are behind them"


def sweep_sentence(verdict: SweepVerdict) -> str:
    """The outcome in one sentence."""
    found = verdict.found
    attributed, marks = int(found.attributed.sum()), len(found.labels)
    told = (
        f"{attributed:,} of {marks:,} marks are attributed to a label; of these a share of at most"
        f" {found.level:g} is wrong on average"
    )
    return f"{verdict.verdict}: {begin_plainly(verdict.verdict, told, 'your marks')}"


def sweep_warnings(verdict: SweepVerdict) -> list[str]:
    """What limits the outcome, one clause each: too few decoys for a single mark, disguise."""
    found, warnings = verdict.found, []
    fewest = math.ceil(round(len(found.labels) / ((found.decoys + 1) * found.level), 9))
    if fewest > 1:
        warnings.append(
            f"with {found.decoys:,} decoys no p-value is below {1 / (found.decoys + 1):.2g}: unless"
            f" at least {fewest:,} of the marks beat all decoys, none is attributed; --decoys asks"
            " more"
        )
    if verdict.plan.disguised:
        warnings.append(remark_in_words(disguise_remark()))
    return warnings


def plan_rows(verdict: SweepVerdict) -> list[tuple[str, str]]:
    """What was asked and fixed before, in words."""
    plan = verdict.plan
    return [
        ("marks", f"{len(plan.isotopes):,}, of the family {plan.family}, alpha {plan.alpha:g}"),
        ("decoys", f"{plan.decoys:,}, of which {verdict.found.decoys:,} are ranked"),
        ("pictures each", f"{len(plan.probes):,}"),
        ("labels", f"{len(verdict.labels):,}"),
        ("share that may be wrong", f"{verdict.found.level:g}"),
        ("plan", plan.hash),
        ("model", plan.target_identity),
        *([("anchors", UNCHECKED)] if plan.unchecked_anchors else []),
    ]


def sweep_rows(verdict: SweepVerdict, most: int | None = None) -> Iterator[tuple[str, ...]]:
    """A row under `HEAD` for each mark, those that stand out most first.

    Args:
        most: how many marks; None for all.
    """
    found, plan = verdict.found, verdict.plan
    for mark in verdict.ranked()[:most]:
        claim = found.claims_adjusted[mark]
        yield (
            plan.isotopes[mark],
            "yes" if found.attributed[mark] else "no",
            verdict.labels[found.labels[mark]],
            f"{found.differences[mark]:+.3g} ({found.lows[mark]:+.3g} to {found.highs[mark]:+.3g})",
            f"{found.pvalues[mark]:.3g}",
            f"{found.adjusted[mark]:.3g}",
            plan.claimed[mark] or "",
            "" if math.isnan(claim) else f"{claim:.3g}",
        )


def write_sweep_table(verdict: SweepVerdict, path: Path) -> None:
    """All marks as a CSV file for a spreadsheet or a program, those that stand out most first."""
    with atomic_write(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        writer.writerows([escape(cell) for cell in row] for row in sweep_rows(verdict))
