from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_network import pictures

from isotopes.errors import AnswerError, TargetError, TargetUnusable
from isotopes.targets.kinds.callable import CallableTarget

SOURCE = """
def brightness(pictures):
    bright = [picture.mean() / 255 for picture in pictures]
    return [[x, 1 - x] for x in bright]

brightness.labels = ["bright", "dark"]
number = 3
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "my_model.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "my_model", raising=False)
    return "my_model"


def test_a_function_in_the_current_folder_is_found(module: str) -> None:
    target = CallableTarget.from_spec(f"{module}:brightness")
    some = pictures(3)
    scores = target.ask(some)
    assert target.labels == scores.labels == ("bright", "dark")
    np.testing.assert_allclose(scores.values[:, 0], [x.mean() / 255 for x in some])
    assert target.name == "my_model:brightness"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("no_such_module:f", "there is no Python function no_such_module:f: No module named"),
        ("my_model:darkness", "there is no Python function my_model:darkness: .*no attribute"),
        ("my_model:number", "my_model:number must be a function, got a int"),
        ("my_model", "there is no Python function my_model"),
    ],
)
def test_what_is_no_function_is_refused(module: str, spec: str, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        CallableTarget.from_spec(spec)


def test_columns_without_labels_are_numbered() -> None:
    target = CallableTarget(lambda some: np.full((len(some), 3), 1 / 3))
    assert target.labels is None
    assert target.ask(pictures(2)).labels == ("0", "1", "2")


def test_mappings_may_come_in_any_order() -> None:
    answers = [{"cat": 0.9, "dog": 0.1}, {"dog": 0.7, "cat": 0.3}]
    scores = CallableTarget(lambda some: answers).ask(pictures(2))
    assert scores.labels == ("cat", "dog")
    assert scores.values.tolist() == [[0.9, 0.1], [0.3, 0.7]]


def test_identity_is_that_of_name_labels_and_source(module: str) -> None:
    first = CallableTarget.from_spec(f"{module}:brightness").identity()
    assert first == CallableTarget.from_spec(f"{module}:brightness").identity()
    Path("my_model.py").write_text(SOURCE + "# changed\n", encoding="utf-8")
    assert first != CallableTarget.from_spec(f"{module}:brightness").identity()
    assert CallableTarget(len, name="a").identity() != CallableTarget(len, name="b").identity()


def broken(some: object) -> object:
    raise RuntimeError("out of memory")


WRONG = [
    (lambda some: [[0.5, 0.5]], "must return an answer for each of 2 pictures, got 1"),
    (lambda some: [0.5, 0.5], r"an array of shape \(pictures, labels\).* got list \(2,\)"),
    (lambda some: None, "got NoneType"),
    (lambda some: [["a", "b"]] * 2, "must return an array of shape"),
    (lambda some: [{"a": 1.0}, {"b": 1.0}], "'a' is missing or unknown"),
    (lambda some: [{"a": "much"}] * 2, "must return numbers as scores, got .*much"),
    (lambda some: [{"a": 1.0}, None], "must return a mapping for each picture, got NoneType"),
]


@pytest.mark.parametrize(("function", "message"), WRONG)
def test_a_mistake_in_the_function_is_told_as_one(
    function: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(TargetUnusable, match=message) as caught:
        CallableTarget(function).ask(pictures(2))
    assert caught.value.exit_code == 2
    assert "mistake in the function" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def brightness(): ...", "my_model:brightness must take a list of pictures: too many"),
        ("def brightness(: ...", "my_model can't be imported, it raised SyntaxError"),
        ("1 / 0", "my_model can't be imported, it raised ZeroDivisionError"),
    ],
)
def test_a_mistake_in_the_module_is_told_as_one(module: str, source: str, message: str) -> None:
    sys.modules.pop(module, None)
    Path(f"{module}.py").write_text(source, encoding="utf-8")
    importlib.invalidate_caches()
    with pytest.raises(TargetUnusable, match=message):
        CallableTarget.from_spec(f"{module}:brightness")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (broken, "broken raised RuntimeError: out of memory"),
        (lambda some: [[0.5, float("nan")]] * 2, "must hold a score for each label, got NaN"),
        (lambda some: [[90.0, 10.0]] * 2, r"must be probabilities in \[0, 1\], got 90"),
    ],
)
def test_answers_that_can_not_be_used_are_refused(
    function: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(AnswerError, match=message):
        CallableTarget(function).ask(pictures(2))
