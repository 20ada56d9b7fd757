"""A service's form: the guess about an answer, and the description that comes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from content_target import ContentTarget

from isotopes.errors import IsotopesError, TargetUnusable
from isotopes.targets import open_target
from isotopes.targets.drafts import (
    AnswerFields,
    ServiceFields,
    ask_once,
    guess_fields,
    read_answer,
)
from isotopes.testing.formats.plain_json import PlainJson
from isotopes.testing.server import FakeServer

TWO = [{"label": "cat", "score": 0.9}, {"label": "dog", "score": 0.1}]
ANSWERS = {
    "a list alone": (TWO, AnswerFields("objects", "@", "label", "score")),
    "inside": (
        {"predictions": [{"classes": TWO}], "took": 3},
        AnswerFields("objects", "predictions[0].classes", "label", "score"),
    ),
    "other names, percent, a dash": (
        {
            "time": 0.2,
            "top-5": [
                {"id": "n1", "tagName": "cat", "x": 4.5, "confidence": 60.0},
                {"id": "n2", "tagName": "dog", "x": 1.5, "confidence": 25.0},
            ],
        },
        AnswerFields("objects", '"top-5"', "tagName", "confidence", "percent", 2),
    ),
    "a mapping": (
        {"result": {"cat": 0.7, "dog": 0.2, "cow": 0.1}, "size": {"w": 1, "h": 2}},
        AnswerFields("mapping", "result"),
    ),
    "two lists": (
        {"output": {"names": ["cat", "dog", "cow"], "logits": [-1.5, 2.0, 0.5]}},
        AnswerFields("arrays", "", "output.names", "output.logits", "logit"),
    ),
    "two lists at the top": (
        {"labels": ["cat", "dog"], "scores": [0.5, 0.2]},
        AnswerFields("arrays", "", "labels", "scores", "probability", 2),
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_likeliest_place_is_found_and_can_be_read(name: str) -> None:
    answer, expected = ANSWERS[name]
    assert guess_fields(answer) == expected
    scores = read_answer(ServiceFields("http://localhost/", answer=expected), answer)
    assert set(scores.labels) >= {"cat", "dog"}
    assert scores.labels[int(np.nanargmax(scores.values[0]))] in {"cat", "dog"}


@pytest.mark.parametrize(
    "answer",
    [None, 3, "cat", [], {}, {"error": "no"}, [{"label": "cat"}], [{"label": 1, "score": True}],
     {"a": {"b": {"c": {"d": {"e": {"f": {"g": TWO}}}}}}}, [{"label": "cat", "score": None}]],
)  # fmt: skip
def test_nothing_is_guessed_where_nothing_looks_like_it(answer: object) -> None:
    assert guess_fields(answer) is None


@pytest.mark.parametrize("form", ["objects", "arrays", "mapping"])
def test_from_one_answer_to_a_target(form: str, tmp_path: Path) -> None:
    model = ContentTarget()
    with FakeServer(model, PlainJson(form)) as server:  # type: ignore[arg-type]
        service = ServiceFields(server.url, price=0.002)
        found = guess_fields(ask_once(service))
        assert found is not None
        path = tmp_path / "service.toml"
        path.write_text(replace(service, answer=found).to_toml())
        target = open_target(str(path))
        picture = np.full((32, 32, 3), 90, np.uint8)
        answered, expected = target.ask([picture]), model.ask([picture])
        target.close()
    order = [answered.labels.index(label) for label in expected.labels]
    assert np.allclose(answered.values[:, order], expected.values)
    assert target.price == 0.002


def test_texts_of_a_form_can_not_leave_their_fields() -> None:
    hostile = 'x"\n[headers]\nCookie = "${TARGET_A}"\x7f'
    service = ServiceFields("http://localhost/", "X-Key", hostile)
    with pytest.raises(IsotopesError):
        ask_once(service)
    with pytest.raises(TargetUnusable, match="body must be JSON"):
        ask_once(ServiceFields("http://localhost/", body=hostile))


def test_a_credential_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_KEY_LOCALHOST", "s3cret-s3cret")
    with FakeServer(ContentTarget(), PlainJson()) as server:
        ask_once(ServiceFields(server.url, "Authorization", "Bearer ${TARGET_KEY_LOCALHOST}"))
        assert server.requests[-1].headers["authorization"] == "Bearer s3cret-s3cret"
