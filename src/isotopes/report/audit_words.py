"""What an audit says, mark by mark and in words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from isotopes.stats.many.audit import AuditResult
from isotopes.verify.verdicts.audit import AuditVerdict

HEAD = (
    "isotope",
    "published for",
    "attributed",
    "label that rises most",
    "by (95 % interval)",
    "p",
    "p adjusted",
    "claim upheld",
    "V's decoys beaten",
)
HOW_TO_READ = (
    "Attributed: the mark lifts some label further than decoys (marks that nobody published) lift"
    " any label. Its p-value is exact, with all labels searched. Of the marks called attributed, at"
    " most the stated share is wrong on average. If several labels rise, the test does not say that"
    " the one which rises most is the right one.",
    "Claim upheld: the label that the mark was published for rises more with it than with decoys,"
    " and more than with marks published for other labels. Each mark is taken by itself, at the"
    " level of V.",
    "V and V_D are the paper's tests, to compare with. Their error rates are not known: they also"
    " find marks that no model saw. Do not accuse anybody because of them.",
    "It does not show which pictures were used, how many, or by whom; and a mark that is not"
    " attributed may have been learned too faintly to be seen.",
)


def mark_rows(verdict: AuditVerdict) -> Iterator[tuple[str, ...]]:
    """A row under `HEAD` for each mark; none if there is no outcome."""
    found = verdict.found
    if found is None:
        return
    claims = _claims(found)
    for mark, isotope in enumerate(verdict.isotopes):
        attribution = found.attribution
        upheld, beaten = claims.get(mark, ("", ""))
        yield (
            isotope,
            verdict.claimed[mark] or "",
            "yes" if attribution.attributed[mark] else "no",
            verdict.labels[attribution.labels[mark]],
            f"{found.differences[mark]:+.3g} ({found.lows[mark]:+.3g} to {found.highs[mark]:+.3g})",
            f"{attribution.pvalues[mark]:.3g}",
            f"{attribution.adjusted[mark]:.3g}",
            upheld,
            beaten,
        )


def pair_sentences(verdict: AuditVerdict) -> tuple[str, ...]:
    """How many pairs of marks are told apart; nothing if no two labels are claimed."""
    found = verdict.found
    if found is None or found.claims is None:
        return ()
    claimed = found.claims.claimed
    pairs = int((claimed[:, None] != claimed).sum()) // 2
    if not pairs:
        return ()
    how = "of pictures that differ between marks" if verdict.disguised else "as published"
    return (
        f"pairs of marks with different labels: {_half(found.claims.told_apart):,} of {pairs:,}"
        f" told apart at level {found.level:g}",
        f"V_D, {how}: {_half(found.distinguished):,}",
    )


def audit_rows(verdict: AuditVerdict) -> list[tuple[str, str]]:
    """What the audit took and what was fixed before it, as (what, value)."""
    return [
        ("queries", f"{verdict.queries:,}"),
        ("labels", f"{len(verdict.labels)}"),
        ("plan", verdict.plan_hash),
        ("model", verdict.target),
        ("model's identity", verdict.target_identity),
        ("versions", ", ".join(f"{name} {v}" for name, v in sorted(verdict.versions.items()))),
    ]


def _claims(found: AuditResult) -> dict[int, tuple[str, str]]:
    """For each mark with a claimed label: is the claim upheld, and what does V say?"""
    if found.claims is None:
        return {}
    decoys = found.verified.shape[1]
    return {
        mark: ("yes" if upheld else "no", f"{beaten} of {decoys}")
        for mark, upheld, beaten in zip(
            found.named.tolist(), found.claims.upheld, found.verified.sum(axis=1), strict=True
        )
    }


def _half(symmetric: NDArray[np.bool_]) -> int:
    return int(symmetric.sum()) // 2
