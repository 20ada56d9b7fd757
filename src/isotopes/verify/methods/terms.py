"""The test terms committed to when marking, and how a plan differs from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from isotopes.defaults import (
    DEFAULT_METHOD,
    EMBEDDING_TERM,
    PICTURE_DECOYS,
    PICTURE_DECOYS_TERM,
)
from isotopes.errors import PlanError
from isotopes.stats.scores.statistic import EMBEDDINGS
from isotopes.verify.methods.method import get_method


def committed_terms(
    method: str = DEFAULT_METHOD, statistic: str | None = None, level: float | None = None
) -> dict[str, str | float]:
    """The terms of the test that an isotope's commitment fixes beside its decoys and label.

    Args:
        statistic, level: None for the method's default.

    Raises:
        PlanError: no such method or statistic, one that doesn't suit the method, or a level that
            isn't above 0 and below 1.
    """
    chosen = get_method(method)
    if level is not None and not 0 < level < 1:
        raise PlanError(f"the level must be above 0 and below 1, got {level:g}")
    compared = chosen.statistic if statistic is None else statistic
    chosen.check_statistic(compared)
    return {
        "method": chosen.name,
        "statistic": compared,
        "level": chosen.level if level is None else level,
        PICTURE_DECOYS_TERM: PICTURE_DECOYS,
        EMBEDDING_TERM: EMBEDDINGS,
    }


def differences(committed: Mapping[str, Any], planned: Mapping[str, Any]) -> Iterator[str]:
    """The differences between planned and committed terms, in words.

    Args:
        committed: method, statistic, level, decoys and label of the commitment; a missing one was
            not committed.
        planned: the same of the plan, and the candidates of a search, which nobody commits to.
    """
    embeds = planned.get("statistic") == EMBEDDINGS
    if embeds:  # what is committed of labels doesn't apply to it
        committed = {**committed, "statistic": committed.get(EMBEDDING_TERM)}
    another_test = planned["method"] != committed.get("method")
    for name, value in planned.items():
        if name in {"label", "candidates"}:
            continue
        # Another test has other terms; naming each of them would hide what matters.
        follows = another_test and name != "method"
        if value != committed.get(name) and not follows:
            yield f"{_term(name, value)} instead of {_term(name, committed.get(name))}"
    if not embeds and _looked_for(planned) != _looked_for(committed):
        yield f"{_looked_for(planned)} instead of {_looked_for(committed)}"


def _looked_for(terms: Mapping[str, Any]) -> str:
    if terms.get("candidates"):
        return f"a search among the labels {', '.join(map(repr, terms['candidates']))}"
    label = terms.get("label")
    return "a search over all labels" if label is None else f"label {label!r}"


def _term(name: str, value: object) -> str:
    return f"no {name}" if value is None else f"{name} {value}"
