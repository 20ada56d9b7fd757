"""What a verdict has to say beside its numbers: a kind and its values, without words.

`isotopes.report` puts them into sentences. So a verdict that was saved can be shown in other words,
and a program can ask for the kind instead of searching in a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class RemarkKind(StrEnum):
    """Why a check is inconclusive, or what limits its verdict, with the values of each."""

    TARGET_CHANGED = "target-changed"  # why
    CUT_SHORT = "cut-short"  # answered, wanted, why (None where nobody noted it)
    LABEL_NEVER_SHOWN = "label-never-shown"  # label
    TOO_FEW_PROBES = "too-few-probes"  # needed, left, probes
    ANSWERS_TOO_COARSE = "answers-too-coarse"
    MARK_PICKED = "mark-picked"
    EXCHANGEABILITY_ASSUMED = "exchangeability-assumed"
    ERROR_RATE_UNKNOWN = "error-rate-unknown"  # method
    DIFFERS_FROM_COMMITMENT = "differs-from-commitment"  # terms
    LABELS_NEVER_SHOWN = "labels-never-shown"  # labels
    MARKS_NEEDED = "marks-needed"  # decoys, marks, enough


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
        object.__setattr__(self, "kind", RemarkKind(self.kind))  # a string, where JSON was read
