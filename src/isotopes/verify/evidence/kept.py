"""The metadata of kept answers, and the checks when they are read.

Anybody who wants a certain verdict can write such a file. What no target could have answered is
refused here; nothing in the file proves that a target gave these answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from isotopes.checked import Finite, Text
from isotopes.errors import PlanError
from isotopes.stats.result import Result, check_format, restore_result
from isotopes.targets.scores import Completeness
from isotopes.verify.evidence.answers import Answers, Queries

ROUNDING = 1e-6  # a float32 softmax may exceed 1 by that much
P = TypeVar("P", bound=Result)


@dataclass(frozen=True)
class _Header:
    """All of `Answers` except its arrays."""

    labels: tuple[Text, ...]
    completeness: Completeness
    limit: Finite | None
    fault: str | None
    cut: str | None
    journal: str | None


_FIELDS = ("labels", "completeness", "limit", "fault", "cut", "journal")


def describe_kept(form: str, plan: Result, answers: Answers) -> dict[str, Any]:
    """The metadata that is written with the arrays; JSON types."""
    header = {name: getattr(answers, name) for name in _FIELDS}
    return {"format": form, "plan": plan.to_dict(), **header}


def restore_kept(
    about: object,
    form: str,
    kind: type[P],
    values: NDArray[np.float64],
    asked: NDArray[np.bool_],
) -> tuple[P, Answers]:
    """The plan and the answers that `describe_kept` and two arrays hold.

    Args:
        values: may be a memory-mapped file; it is read once, row by row.

    Raises:
        PlanError: another format, another plan than the arrays are of, or answers that no target
            gives.
    """
    if not isinstance(about, Mapping):
        raise PlanError(f"it must be described by a JSON object, got {type(about).__name__}")
    check_format(about, form)
    odd = sorted(map(str, about.keys() ^ {"format", "plan", *_FIELDS}))
    if odd:
        raise PlanError(
            f"its description must hold exactly its own fields; unexpected or missing: {odd[0]!r}"
        )
    plan = kind.from_dict(about["plan"])
    header = restore_result(_Header, about)
    _check_arrays(plan, header, values, asked)
    answers = Answers(header.labels, values, asked, *(getattr(header, f) for f in _FIELDS[1:]))
    _check_header(header)
    for row, of_mark in enumerate(values):
        _check_row(header, of_mark, asked[row])
    return plan, answers


def _check_arrays(
    plan: Any, header: _Header, values: NDArray[np.float64], asked: NDArray[np.bool_]
) -> None:
    queries: Queries = plan
    if asked.dtype != np.bool_ or values.dtype.kind != "f":
        raise PlanError(
            f"answers must be floats, and marked as asked by booleans, got {values.dtype} and"
            f" {asked.dtype}"
        )
    if asked.shape != (1 + queries.marks, len(queries.pictures)):
        raise PlanError(
            f"the plan has {queries.marks} marks and {len(queries.pictures)} pictures, views"
            f" included, so answers have {1 + queries.marks} rows of as many, got {asked.shape}"
        )
    if values.shape != (*asked.shape, len(header.labels)):
        raise PlanError(
            f"answers to {asked.shape} queries about {len(header.labels)} labels can't have shape"
            f" {values.shape}"
        )


def _check_header(header: _Header) -> None:
    if len(set(header.labels)) < len(header.labels):
        twice = next(one for one in header.labels if header.labels.count(one) > 1)
        raise PlanError(f"labels must differ, got {twice!r} twice")
    if header.completeness is Completeness.FULL and header.limit is not None:
        raise PlanError(f"full answers have no limit, got {header.limit:g}")


def _check_row(header: _Header, values: NDArray[np.float64], asked: NDArray[np.bool_]) -> None:
    shown = ~np.isnan(values)
    given = values[shown]
    least, most = given.min(initial=0), given.max(initial=0)
    if not (least >= -ROUNDING and most <= 1 + ROUNDING):
        odd = least if least < -ROUNDING else most
        raise PlanError(f"answers must be probabilities in [0, 1], got {odd:g}")
    if shown[~asked].any():
        raise PlanError("it holds answers to queries that were not asked")
    if header.completeness is Completeness.FULL and not shown[asked].all():
        raise PlanError("full answers must hold a score for each label, got NaN")
    counts = shown.sum(axis=1)
    best = header.limit if header.completeness is Completeness.TOP_K else None
    if best is not None and (counts > best).any():
        raise PlanError(f"answers of the {best:g} best labels show {counts.max()}")
