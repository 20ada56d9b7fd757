"""How much a disguised query changes its picture (`verify/asking/disguise.py`), for verdicts."""

from __future__ import annotations

from isotopes.verify.evidence.remark import Remark, RemarkKind

# Chosen on one model of which no power is reported: weaker is noticed, stronger finds fewer marks.
LEAST_SIDE = 0.8  # of the picture's height and of its width, that is left at least
LIGHT = 0.1  # the largest relative change of contrast, and of brightness in half ranges


def disguise_remark() -> Remark:
    """How the queries were changed."""
    values = {"least_side": round(100 * LEAST_SIDE), "light": round(100 * LIGHT)}
    return Remark(RemarkKind.QUERIES_DISGUISED, values)
