from __future__ import annotations

import json
from pathlib import Path

import jmespath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_network import pictures

from isotopes.errors import AnswerError, TargetError
from isotopes.targets import Completeness
from isotopes.targets.http.description import read_http_description
from isotopes.targets.http.encoding import Encoding
from isotopes.targets.http.json_answer import Arrays, JsonPath, Mapped, Objects, outline, place
from isotopes.targets.http.secrets import Secrets
from isotopes.targets.http.template import Template

WHOLE = """\
url = "https://api.example/v1/classify"
timeout = 10
concurrency = 4

[headers]
Authorization = "Bearer ${TARGET_TOKEN}"

[image]
format = "jpeg"
quality = 90
longest_side = 1024

[request]
body = '{"images": "{{items}}", "top": 5}'
item = '{"content": "{{image_base64}}"}'
batch = 8

[answer]
each = "predictions"
form = "objects"
at = "classes"
label = "name"
score = "confidence"
unit = "percent"
completeness = "top-k"
limit = 5
"""


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_TOKEN", "secret")


def written(folder: Path, text: str) -> Path:
    path = folder / "api.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_description_is_read(tmp_path: Path) -> None:
    about = read_http_description(written(tmp_path, WHOLE))
    assert about.name == "api.example"
    assert (about.endpoint.timeout, about.endpoint.retries.most, about.endpoint.connections) == (
        10,
        5,
        4,
    )
    assert about.endpoint.headers == {"Authorization": "Bearer ${TARGET_TOKEN}"}
    assert about.endpoint.secrets.names == ("TARGET_TOKEN",)
    assert about.encoding == Encoding("jpeg", 90, 1024)
    assert about.template.batch == 8
    assert about.answer.form == Objects(
        JsonPath("classes"), JsonPath("name"), JsonPath("confidence")
    )
    assert about.answer.each == JsonPath("predictions")
    assert (about.answer.completeness, about.answer.limit) == (Completeness.TOP_K, 5)
    assert about.answer.unit == "percent"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('url = "https', 'address = "https', "the field url is missing"),
        ("https://", "ftp://", "url must be http://... or https://..."),
        ("https://", "https://me:pw@", "without a password in it"),
        (
            "timeout = 10",
            "timeout = 0",
            "timeout must be a number above 0 and at most 3,600",
        ),
        ("timeout = 10", "timeuot = 10", "there is no field timeuot"),
        (
            "concurrency = 4",
            "concurrency = 0",
            "must be a whole number from 1 to 256, got 0",
        ),
        ("concurrency = 4", 'method = "GET"', "method must be one of POST, PUT, got 'GET'"),
        ('"Bearer ${TARGET_TOKEN}"', "1", r"\[headers\] Authorization must be a text"),
        (
            "TARGET_TOKEN",
            "TARGET_NONE",
            r"\[headers\] Authorization needs the environment variable",
        ),
        ('"jpeg"', '"bmp"', r"\[image\] format must be one of png, jpeg, got 'bmp'"),
        ("quality = 90", "quality = 101", "quality must be 1 to 100, got 101"),
        ('"top": 5}', '"top": 5', "body must be JSON: "),
        ('"{{items}}"', "[]", r'body must have the placeholder "{{items}}" only, got none'),
        ('"{{items}}"', '"{{images}}"', r"only, got {{images}}"),
        ('"{{items}}"', '"x{{items}}"', r'must have the placeholder "{{items}}" only'),
        ("{{image_base64}}", "{{picture}}", r'item must have the placeholder "{{image_base64}}"'),
        ('each = "predictions"', "", r"the field \[answer\] each is missing"),
        ('"objects"', '"list"', r"\[answer\] form must be one of objects, arrays, mapping"),
        ('label = "name"', "", r"the field \[answer\] label is missing"),
        ('"classes"', '"classes["', r"\[answer\] at must be a JMESPath expression"),
        ("limit = 5", "", r"the field \[answer\] limit is missing"),
        ('"top-k"', '"full"', r"there is no field \[answer\] limit"),
        ('"percent"', '"logit"', "logits become probabilities only if all labels are shown"),
    ],
)
def test_wrong_fields_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in WHOLE
    with pytest.raises(TargetError, match=message) as caught:
        read_http_description(written(tmp_path, WHOLE.replace(old, new, 1)))
    assert "api.toml: " in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_description_of_a_network_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="describes a network file") as caught:
        read_http_description(written(tmp_path, 'labels = ["a"]\n[input]\nsize = [8, 8]\n'))
    assert "api.onnx" in str(caught.value.hint)


def test_a_body_for_one_picture_takes_no_batch() -> None:
    with pytest.raises(TargetError, match="can't hold 2") as caught:
        Template('{"image": "{{image_base64}}"}', batch=2)
    assert "item" in str(caught.value.hint)


def test_items_are_put_side_by_side() -> None:
    template = Template('{"a": {"b": "{{items}}"}}', '{"c": "{{image_base64}}"}', 3)
    sent = json.loads(template.fill([b"one", b"two"]))
    assert sent == {"a": {"b": [{"c": "b25l"}, {"c": "dHdv"}]}}


@pytest.mark.parametrize(
    "name",
    ["PGPASSWORD", "HOME", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "ISOTOPES_PASSPHRASE", "target"],
)
def test_a_description_gets_no_variable_that_was_not_meant_for_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "correct horse")
    for where in ("url", "[headers] X"):
        with pytest.raises(TargetError, match="must not send the environment variable") as caught:
            Secrets.described({where: f"a ${{{name}}}"})
        assert name in str(caught.value)
        assert "correct" not in str(caught.value)


@pytest.mark.parametrize("value", ["a\nb", "tab\t", "ü", ""])
def test_variables_that_no_header_can_hold_are_refused(value: str) -> None:
    with pytest.raises(TargetError, match="'KEY'") as caught:
        Secrets.of({"[headers] X": "${KEY}"}, {"KEY": value})
    assert not value or value not in str(caught.value)


def test_values_are_filled_in_and_not_shown() -> None:
    secrets = Secrets.of({"url": "${A}/${B}"}, {"A": "abc", "B": "abcdef", "C": "x"})
    assert secrets.fill("${A}-${B}") == "abc-abcdef"
    assert "abc" not in repr(secrets)


ANSWER = {"out": {"labels": ["a", "b"], "scores": [0.1, 0.9]}, "map": {"a": 1, "b": 0}}


def test_places_may_be_deep() -> None:
    assert Arrays(JsonPath("out.scores"), JsonPath("out.labels")).read(ANSWER) == {
        "a": 0.1,
        "b": 0.9,
    }
    assert Arrays(JsonPath("out.scores"), None).read_outputs(ANSWER) == [0.1, 0.9]
    assert Mapped(JsonPath("map")).read(ANSWER) == {"a": 1.0, "b": 0.0}
    assert Objects(JsonPath("[0]"), JsonPath("c.id"), JsonPath("p")).read(
        [[{"c": {"id": 7}, "p": 1}]]
    ) == {"7": 1.0}


@pytest.mark.parametrize(
    ("form", "answer", "message"),
    [
        (Mapped(JsonPath("map.c")), ANSWER, r"nothing at 'map.c' in {out: {labels: \[str, ...\], "),
        (
            Mapped(JsonPath("out.labels")),
            ANSWER,
            r"there must be an object with .*, got \[str, ...\]",
        ),
        (Arrays(JsonPath("map"), JsonPath("map")), ANSWER, "must be a list, got {a: int, b: int}"),
        (Arrays(JsonPath("s"), JsonPath("l")), {"s": [1], "l": []}, "got 0 labels and 1 scores"),
        (
            Mapped(JsonPath("@")),
            {"a": "0.5"},
            "score of label 'a' must be a finite number, got str",
        ),
        (Mapped(JsonPath("@")), {"a": True}, "must be a finite number, got bool"),
        (Mapped(JsonPath("@")), {"a": float("nan")}, "must be a finite number, got nan"),
        (Mapped(JsonPath("@")), {"a": 10**4000}, "got a whole number of hundreds of digits"),
        (Mapped(JsonPath("@")), {"a" * 10**7: 1}, "at most 1,000 characters, got 10,000,000"),
        (Mapped(JsonPath("@")), {"\ud800": 1}, "a label must be valid Unicode"),
        (Mapped(JsonPath("@")), {str(number): 0 for number in range(200_001)}, "at most 200,000"),
        (
            Objects(JsonPath("@"), JsonPath("l"), JsonPath("s")),
            [0] * 200_001,
            "at most 200,000 entries",
        ),
        (Objects(JsonPath("@"), JsonPath("l"), JsonPath("s")), [{"l": 10**40, "s": 1}], "got int"),
        (
            Arrays(JsonPath("s"), JsonPath("l")),
            {"s": [1], "l": [None]},
            "a label must be a text.*null",
        ),
        (
            Objects(JsonPath("@"), JsonPath("l"), JsonPath("s")),
            [{"l": "a"}],
            "nothing at 's' in {l: str}",
        ),
        (
            Objects(JsonPath("@"), JsonPath("l"), JsonPath("abs(l)")),
            [{"l": "a"}],
            "can't be looked up",
        ),
    ],
)
def test_what_is_missing_or_odd_is_told(form: Mapped, answer: object, message: str) -> None:
    with pytest.raises(AnswerError, match=message):
        form.read(answer)


def test_outlines_show_keys_and_no_values() -> None:
    many = {str(number): "private" for number in range(20)}
    assert outline(many).count("str") == 8
    assert outline({"a": [{"b": [{"c": 1}]}]}) == "{a: [{b: [...]}, ...]}"
    assert "private" not in outline({"a": "private", "b": ["private"], "c": many})


def test_pictures_are_sent_as_they_are_or_shrunk_by_size_alone() -> None:
    import cv2

    from isotopes.targets.http.encoding import encode

    (picture,) = pictures(1, (60, 100))
    same = cv2.imdecode(np.frombuffer(encode(picture, Encoding()), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(same[..., ::-1], picture)
    for blank in (picture, np.zeros_like(picture)):
        small = encode(blank, Encoding("jpeg", longest_side=50))
        assert cv2.imdecode(np.frombuffer(small, np.uint8), cv2.IMREAD_COLOR).shape == (30, 50, 3)
        assert small[:2] == b"\xff\xd8"
    thin = encode(np.zeros((1, 400, 3), np.uint8), Encoding(longest_side=50))
    assert cv2.imdecode(np.frombuffer(thin, np.uint8), cv2.IMREAD_COLOR).shape == (1, 50, 3)


@given(
    st.sampled_from(("a", "_b1", "score", "absent")),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(("a", "_b1", "score")), inner, max_size=3)
        ),
        max_leaves=8,
    ),
)
def test_a_plain_field_is_what_jmespath_finds(field: str, answer: object) -> None:
    assert place(field).look(answer) == jmespath.search(field, answer)
