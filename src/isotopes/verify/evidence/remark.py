"""The remarks of a verdict: a kind and its values, without words.

`isotopes.report` turns them into sentences. So a saved verdict can be shown in other words,
and a program can compare kinds instead of searching a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from isotopes.checked import Count, Finite
from isotopes.errors import PlanError
from isotopes.stats.result import restore_result


class RemarkKind(StrEnum):
    """Why a check is inconclusive, or what limits its verdict."""

    TARGET_CHANGED = "target-changed"
    CUT_SHORT = "cut-short"
    LABEL_NEVER_SHOWN = "label-never-shown"
    TOO_FEW_PROBES = "too-few-probes"
    LABEL_NOT_TESTED = "label-not-tested"
    OTHER_PROBES_NEEDED = "other-probes-needed"
    PROBES_KNOW_MARK = "probes-know-mark"
    ORIGINALS_KNOW_MARK = "originals-know-mark"
    COPIES_LACK_MARK = "copies-lack-mark"
    ANSWERS_TOO_COARSE = "answers-too-coarse"
    MARK_PICKED = "mark-picked"
    EXCHANGEABILITY_ASSUMED = "exchangeability-assumed"
    ERROR_RATE_UNKNOWN = "error-rate-unknown"
    DIFFERS_FROM_COMMITMENT = "differs-from-commitment"
    LABELS_NEVER_SHOWN = "labels-never-shown"
    MARKS_NEEDED = "marks-needed"
    ANCHORS_UNCHECKED = "anchors-unchecked"
    QUERIES_DISGUISED = "queries-disguised"
    PICTURES_PLAIN = "pictures-plain"
    PICTURES_LIKE_PUBLISHED = "pictures-like-published"


# The values that a sentence of each kind needs. The reason for CUT_SHORT may be None; how much
# a disguise changes is in per cent.
VALUES: Mapping[RemarkKind, Mapping[str, Any]] = {
    RemarkKind.TARGET_CHANGED: {"why": str},
    RemarkKind.CUT_SHORT: {"answered": Count, "wanted": Count, "why": str | None},
    RemarkKind.LABEL_NEVER_SHOWN: {"label": str},
    RemarkKind.TOO_FEW_PROBES: {"needed": Count, "left": Count, "probes": Count},
    RemarkKind.LABEL_NOT_TESTED: {"label": str, "shown": Count, "probes": Count, "needed": Count},
    RemarkKind.OTHER_PROBES_NEEDED: {"labels": list[str]},
    RemarkKind.PROBES_KNOW_MARK: {"deviations": Finite, "decoys": Count},
    RemarkKind.ORIGINALS_KNOW_MARK: {"deviations": Finite, "decoys": Count},
    RemarkKind.COPIES_LACK_MARK: {"pictures": Count, "decoys": Count},
    RemarkKind.ANSWERS_TOO_COARSE: {},
    RemarkKind.MARK_PICKED: {},
    RemarkKind.EXCHANGEABILITY_ASSUMED: {},
    RemarkKind.ERROR_RATE_UNKNOWN: {"method": str},
    RemarkKind.DIFFERS_FROM_COMMITMENT: {"terms": list[str]},
    RemarkKind.LABELS_NEVER_SHOWN: {"labels": list[str]},
    RemarkKind.MARKS_NEEDED: {"decoys": Count, "marks": Count, "enough": Count},
    RemarkKind.ANCHORS_UNCHECKED: {},
    RemarkKind.QUERIES_DISGUISED: {"least_side": Count, "light": Count},
    RemarkKind.PICTURES_PLAIN: {},
    RemarkKind.PICTURES_LIKE_PUBLISHED: {"pictures": Count},
}


@dataclass(frozen=True)
class Remark:
    """One of them.

    Attributes:
        kind: which.
        values: what its sentence needs, JSON types.
    """

    kind: RemarkKind
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = VALUES[self.kind]
        if self.values.keys() != wanted.keys():
            raise PlanError(
                f"a remark of the kind {self.kind} has the values {', '.join(wanted) or 'none'},"
                f" got {', '.join(self.values) or 'none'}"
            )
        for name, kind in wanted.items():
            restore_result(kind, self.values[name])
