"""Remarks in words: why a check is inconclusive, and what limits a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from isotopes.verify.evidence.remark import Remark, RemarkKind

PICKED = (
    "somebody picked this mark instead of drawing it by its key, so nothing makes the decoys its"
    " equals"
)
LABELS_SHOWN = 8


def remark_in_words(remark: Remark) -> str:
    """One remark as a clause, without a full stop."""
    return _WORDS[remark.kind](remark.values)


def _cut_short(values: Mapping[str, Any]) -> str:
    why = "" if values["why"] is None else f"; {values['why']}"
    return (
        f"asking was cut short: {values['answered']:,} of {values['wanted']:,} queries were"
        f" answered{why}"
    )


def _strength(values: Mapping[str, Any]) -> str:
    return (
        f"more strongly than any of {values['decoys']} decoys does"
        f" ({values['deviations']:+.1f} standard deviations)"
    )


def _labels_never_shown(values: Mapping[str, Any]) -> str:
    labels = values["labels"]
    return (
        f"the target never showed {len(labels)} of the committed labels ({_some(labels)}): marks"
        " published for them are only attributed"
    )


def _other_probes_needed(values: Mapping[str, Any]) -> str:
    labels = values["labels"]
    which = (
        f'label "{labels[0]}"' if len(labels) == 1 else f"{len(labels)} labels ({_some(labels)})"
    )
    return (
        f"nothing was detected, but {which} could not be tested, and the mark may belong there: use"
        " other probes, which the model calls something else"
    )


def _some(labels: Sequence[str]) -> str:
    return ", ".join(labels[:LABELS_SHOWN]) + (", ..." if len(labels) > LABELS_SHOWN else "")


def _queries_disguised(values: Mapping[str, Any]) -> str:
    return (
        "the queries were disguised: each showed its picture cropped in its own way, to at least"
        f" {values['least_side']} % of its height and of its width, with contrast and brightness"
        f" changed by up to {values['light']} %, for services that answer look-alikes alike. That"
        " leaves p-values as exact as they were, but finds fewer marks in a model that compares no"
        " queries; whoever asks with and without disguise must report both"
    )


_WORDS: Mapping[RemarkKind, Callable[[Mapping[str, Any]], str]] = {
    RemarkKind.TARGET_CHANGED: lambda values: str(values["why"]),
    RemarkKind.CUT_SHORT: _cut_short,
    RemarkKind.LABEL_NEVER_SHOWN: lambda values: (
        f"the target never showed label {values['label']!r} in its incomplete answers"
    ),
    RemarkKind.TOO_FEW_PROBES: lambda values: (
        f"too few probes are left: a label needs {values['needed']} that the model doesn't give"
        f" that label anyway, and {values['left']} of {values['probes']} remain"
    ),
    RemarkKind.LABEL_NOT_TESTED: lambda values: (
        f'label "{values["label"]}" was not tested: the model, or the folder, calls'
        f" {values['shown']} of {values['probes']} probes that already, and at least"
        f" {values['needed']} others are needed"
    ),
    RemarkKind.OTHER_PROBES_NEEDED: _other_probes_needed,
    RemarkKind.PROBES_KNOW_MARK: lambda values: (
        f"the probes are not independent of the mark: it correlates with them {_strength(values)};"
        " pictures that were made with the key can make any model look guilty"
    ),
    RemarkKind.ORIGINALS_KNOW_MARK: lambda values: (
        f"the originals are not independent of the mark: it correlates with them"
        f" {_strength(values)}; are they the published copies, or were they made with the key?"
    ),
    RemarkKind.COPIES_LACK_MARK: lambda values: (
        f"the {values['pictures']} published copies don't carry the mark: some of"
        f" {values['decoys']} decoys correlate as strongly with what was changed in them"
    ),
    RemarkKind.ANSWERS_TOO_COARSE: lambda _: (
        "no mark changes the score of any tested label: the answers are too coarse"
    ),
    RemarkKind.MARK_PICKED: lambda _: PICKED,
    RemarkKind.EXCHANGEABILITY_ASSUMED: lambda _: (
        f"that mark and decoys are exchangeable is assumed: {PICKED}"
    ),
    RemarkKind.ERROR_RATE_UNKNOWN: lambda values: (
        f"the false-positive rate of {values['method']} is not known: it finds unused marks in"
        " innocent models far more often than its level says; use it to compare with the paper, and"
        " decide by rank"
    ),
    RemarkKind.DIFFERS_FROM_COMMITMENT: lambda values: (
        f"differs from the commitment: {'; '.join(values['terms'])}"
    ),
    RemarkKind.LABELS_NEVER_SHOWN: _labels_never_shown,
    RemarkKind.MARKS_NEEDED: lambda values: (
        f"with {values['decoys']} decoys {values['marks']} marks must beat all of them before any"
        f" is attributed; {values['enough']} would do for one"
    ),
    RemarkKind.ANCHORS_UNCHECKED: lambda _: (
        "the encoder's answers are compared with vectors from a file, and nobody can see whether"
        " the pictures behind them carried the mark, which would make any encoder look guilty"
    ),
    RemarkKind.QUERIES_DISGUISED: _queries_disguised,
    RemarkKind.PICTURES_PLAIN: lambda _: (
        "the pictures have nothing in common that a mark could be compared with: they are plain,"
        " or cancel out"
    ),
    RemarkKind.PICTURES_LIKE_PUBLISHED: lambda values: (
        f"{values['pictures']:,} of the pictures look like pictures that you published: if somebody"
        " put copies of yours there, they show the mark, not a generator"
    ),
}
