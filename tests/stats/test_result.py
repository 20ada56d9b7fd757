from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from isotopes.errors import PlanError
from isotopes.stats.exact.sequential import SequentialPlan
from isotopes.stats.result import Result


@dataclass(frozen=True, eq=False)
class Inner(Result):
    kind: ClassVar[str] = "test-inner/1"
    flags: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Outer(Result):
    kind: ClassVar[str] = "test-outer/1"
    name: str
    matrix: NDArray[np.float64]
    counts: NDArray[np.int64] | None
    missing: NDArray[np.float64] | None
    words: tuple[str, ...]
    inner: Inner
    plan: SequentialPlan


OUTER = Outer(
    "x",
    np.array([[0.1, 1e-300], [-2.0, 3.0]]),
    np.array([1, 2]),
    None,
    ("a", "b"),
    Inner(np.array([True, False])),
    SequentialPlan(1, 9, 0.1),
)


def test_json_brings_back_values_types_and_shapes() -> None:
    again = Outer.from_dict(json.loads(json.dumps(OUTER.to_dict())))
    assert again.to_dict() == OUTER.to_dict()
    assert (again.name, again.words, again.plan) == (OUTER.name, OUTER.words, OUTER.plan)
    assert again.missing is None
    for found, expected in (
        (again.matrix, OUTER.matrix),
        (again.counts, OUTER.counts),
        (again.inner.flags, OUTER.inner.flags),
    ):
        assert found is not None
        assert expected is not None
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


def test_what_is_no_saved_result_is_refused() -> None:
    with pytest.raises(PlanError, match="its format must be test-inner/1, got 'test-outer/1'"):
        Inner.from_dict({"format": "test-outer/1", "flags": []})
    other = (
        "another version of isotopes: its format is test-inner/2, and this one reads test-inner/1"
    )
    with pytest.raises(PlanError, match=other) as error:
        Inner.from_dict({"format": "test-inner/2", "flags": []})
    assert "with the version that wrote it" in (error.value.hint or "")
    with pytest.raises(PlanError, match="the field flags is missing"):
        Inner.from_dict({"format": "test-inner/1"})
    with pytest.raises(PlanError, match="more is not one of its fields"):
        Inner.from_dict({"format": "test-inner/1", "flags": [], "more": 1})
