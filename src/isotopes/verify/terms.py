"""What is committed about the test when pictures are marked, and what a plan changes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from isotopes.verify.method import get_method

DEFAULT_METHOD = "rank"


def committed_terms(method: str = DEFAULT_METHOD) -> dict[str, str | float]:
    """The terms of the test that an isotope's commitment fixes beside its decoys and label."""
    chosen = get_method(method)
    return {"method": chosen.name, "statistic": chosen.statistic, "level": chosen.level}


def differences(committed: Mapping[str, Any], planned: Mapping[str, Any]) -> Iterator[str]:
    """Where the planned terms are not the committed ones, in words.

    Args:
        committed: method, statistic, level, decoys and label of the commitment; one that is not
            there was not committed.
        planned: the same of the plan.
    """
    another_test = planned["method"] != committed.get("method")
    for name, value in planned.items():
        # Another test has other terms; naming each of them would hide what matters.
        follows = another_test and name in {"statistic", "level", "decoys"}
        if value != committed.get(name) and not follows:
            yield f"{_term(name, value)} instead of {_term(name, committed.get(name))}"


def _term(name: str, value: object) -> str:
    if name == "label":
        return "a search over all labels" if value is None else f"label {value!r}"
    return f"no {name}" if value is None else f"{name} {value}"
