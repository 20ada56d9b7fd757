"""Names of labels need not be unique, and a model may have one output: in every kind of target."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from content_target import ContentTarget
from tiny_network import INPUT, LABELS, pictures, write_network

from isotopes.errors import AnswerError, TargetUnusable, UnknownLabel
from isotopes.targets import Completeness, Scores
from isotopes.targets.answer import picture_digest
from isotopes.targets.http.description import AnswerRules
from isotopes.targets.http.json_answer import Arrays, JsonPath, Mapped, Objects
from isotopes.targets.http.json_target import read_scores
from isotopes.targets.kinds.callable import CallableTarget
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.kinds.saved import Saved
from isotopes.targets.local.description import Description
from isotopes.targets.local.outputs import output_scores
from isotopes.targets.scores import check_label, full_scores

CRANES = ("crane", "dog", "crane", "maillot", "maillot")
NUMBERED = ("crane (0)", "dog", "crane (2)", "maillot (3)", "maillot (4)")
HALF = np.array([[0.25], [0.75]])


def test_a_network_s_outputs_are_numbered(tmp_path: Path) -> None:
    target = OnnxTarget(write_network(tmp_path / "m.onnx"), Description(CRANES, INPUT))
    plain = OnnxTarget(write_network(tmp_path / "m.onnx"), Description(LABELS, INPUT))
    some = pictures(3)
    assert target.labels == target.ask(some).labels == NUMBERED
    np.testing.assert_array_equal(target.ask(some).values, plain.ask(some).values)


def test_a_function_s_outputs_are_numbered() -> None:
    target = CallableTarget(lambda some: np.full((len(some), 5), 0.2), CRANES)
    assert target.labels == target.ask(pictures(1)).labels == NUMBERED


@pytest.mark.parametrize("count", [4, 5])
def test_a_table_s_columns_are_numbered(tmp_path: Path, count: int) -> None:
    (picture,) = pictures(1)
    row: list[object] = [f"sha256:{picture_digest(picture).hex()}", *[0.25] * 4, ""]
    if count == 5:
        row[5] = 0.0
    with (tmp_path / "answers.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["picture", *CRANES], row])
    scores = Saved(tmp_path / "answers.csv").ask([picture])
    assert scores.labels == NUMBERED
    assert (scores.completeness is Completeness.FULL) == (count == 5)


def test_scores_in_the_order_of_known_labels_are_numbered() -> None:
    rules = AnswerRules(Arrays(JsonPath("scores"), None), labels=CRANES)
    assert rules.known_labels == NUMBERED
    assert read_scores({"scores": [0.2] * 5}, rules).labels == NUMBERED


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        (
            Objects(JsonPath("@"), JsonPath("l"), JsonPath("s")),
            [{"l": "crane", "s": 0.1}, {"l": "dog", "s": 0.3}, {"l": "crane", "s": 0.6}],
        ),
        (
            Arrays(JsonPath("s"), JsonPath("l")),
            {"l": ["crane", "dog", "crane"], "s": [0.1, 0.3, 0.6]},
        ),
    ],
)
@pytest.mark.parametrize("known", [None, ("dog", "crane"), ("crane", "dog", "crane")])
def test_where_only_names_tell_labels_apart_the_higher_score_counts(
    form: Objects | Arrays, answer: object, known: tuple[str, ...] | None
) -> None:
    rules = AnswerRules(form, labels=known)
    scores = read_scores(answer, rules)
    assert {label: scores.values[0, scores.column(label)] for label in scores.labels} == {
        "crane": 0.6,
        "dog": 0.3,
    }
    assert rules.known_labels is None or set(rules.known_labels) == set(scores.labels)


def test_a_name_that_stands_for_two_labels_is_explained() -> None:
    scores = ContentTarget(NUMBERED).ask(pictures(1))
    with pytest.raises(UnknownLabel, match="has no label 'crane'") as caught:
        scores.column("crane")
    assert caught.value.hint == "did you mean one of: crane (0), crane (2)"
    with pytest.raises(UnknownLabel) as caught:
        check_label("heron", [str(number) for number in range(1000)])
    assert caught.value.hint == "choose one of: 0, 1, 2, 3, 4, 5, 6, 7, ..."


def check_two(scores: Scores, names: Sequence[str]) -> None:
    if len(names) == 1:
        assert scores.labels == (names[0], f"not {names[0]}")
        np.testing.assert_allclose(scores.values, np.hstack([HALF, 1 - HALF]))
    else:
        assert scores.labels == tuple(names)
        np.testing.assert_allclose(scores.values, np.hstack([1 - HALF, HALF]))


@pytest.mark.parametrize("names", [("cat",), ("dog", "cat")])
def test_one_output_is_two_labels(tmp_path: Path, names: tuple[str, ...]) -> None:
    logit = np.log(HALF / (1 - HALF))
    some = pictures(2)
    check_two(output_scores("it", HALF, Description(names, INPUT, "probabilities")), names)
    check_two(output_scores("it", logit, Description(names, INPUT, "sigmoid")), names)
    check_two(full_scores(names, HALF), names)
    check_two(CallableTarget(lambda _: HALF, names).ask(some), names)
    for unit, values in (("probability", HALF), ("percent", 100 * HALF), ("sigmoid", logit)):
        rules = AnswerRules(
            Arrays(JsonPath("s"), None),
            JsonPath("@"),
            labels=names,
            unit=unit,  # type: ignore[arg-type]
        )
        check_two(read_scores([{"s": [float(one)]} for one in values[:, 0]], rules), names)


def test_one_label_of_a_service_or_a_file_is_two(tmp_path: Path) -> None:
    some = pictures(2)
    rules = AnswerRules(Mapped(JsonPath("@")), JsonPath("@"))
    check_two(read_scores([{"cat": 0.25}, {"cat": 0.75}], rules), ["cat"])
    path = tmp_path / "answers.jsonl"
    rows = [
        {"picture": f"sha256:{picture_digest(one).hex()}", "scores": {"cat": value}}
        for one, value in zip(some, HALF[:, 0].tolist(), strict=True)
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    check_two(Saved(path).ask(some), ["cat"])


def test_a_softmax_over_one_logit_is_refused() -> None:
    with pytest.raises(TargetUnusable, match="softmax over a single logit is always 1") as caught:
        Description(("cat",), INPUT, "logits")
    assert 'kind = "sigmoid"' in str(caught.value.hint)
    with pytest.raises(AnswerError, match="softmax over a single logit is always 1") as answered:
        output_scores("it", HALF, Description(("cat", "dog"), INPUT, "logits"))
    assert 'kind = "sigmoid"' in str(answered.value.hint)
    rules = AnswerRules(Mapped(JsonPath("@")), unit="logit")
    with pytest.raises(AnswerError, match="softmax over a single logit") as answered:
        read_scores({"cat": 3.0}, rules)
    assert 'unit = "sigmoid"' in str(answered.value.hint)


def test_quantised_probabilities_declared_logits_are_noticed() -> None:
    description = Description(("a", "b", "c"), INPUT, "logits")
    rounded = np.array([[102, 102, 51], [85, 85, 85]]) / 256  # each sum is 255/256
    with pytest.raises(AnswerError, match="declared logits, but lie in"):
        output_scores("it", rounded, description)
    output_scores("it", np.array([[102, 51, 51]]) / 256, description)  # no rounding explains that


def test_a_sigmoid_for_each_of_several_labels(tmp_path: Path) -> None:
    logits = np.array([[0.0, 100.0, -100.0]])
    scores = output_scores("it", logits, Description(("a", "b", "c"), INPUT, "sigmoid"))
    np.testing.assert_allclose(scores.values, [[0.5, 1.0, 0.0]], atol=1e-9)
