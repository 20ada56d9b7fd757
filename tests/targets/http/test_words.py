"""Services that answer with words: captions, and names of what a detector found."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from tiny_network import LABELS, SIZE, expected, pictures, write_network

from isotopes.errors import AnswerError, TargetUnusable
from isotopes.targets import open_target
from isotopes.targets.http.description import read_http_description
from isotopes.targets.http.json_target import read_scores
from isotopes.targets.http.retries import Retries
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.scores import Scores
from isotopes.testing import FakeServer, Request
from isotopes.testing.faults import FAULTS
from isotopes.testing.formats.plain_json import PlainJson

ENDPOINT = """
url = "{url}"
[request]
body = '{{"image": "{{{{image_base64}}}}"}}'
[answer]
form = "words"
{fields}
[answer.words]
cat = ["cat", "cats", "kitten", "Katze", "Straße"]
dog = ["dog", "hot  dog", "c++"]
"""


def written(folder: Path, fields: str, url: str = "http://127.0.0.1:9/") -> Path:
    path = folder / "endpoint.toml"
    path.write_text(ENDPOINT.format(url=url, fields=fields), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("caption", "cat", "dog"),
    [
        ("A cat sits on a mat.", 1, 0),
        ("Two CATS and a\nhot dog", 1, 1),
        ("concatenated dogma", 0, 0),
        ("a cat's tail, a dog-house", 1, 1),
        ("EINE STRASSE", 1, 0),
        ("ＫＩＴＴＥＮ", 1, 0),  # full width
        ("written in C++", 0, 1),
        ("cat_1 and 1cat and scatter", 0, 0),
        ("", 0, 0),
    ],
)
def test_a_label_is_there_if_a_whole_word_of_it_is(
    tmp_path: Path, caption: str, cat: int, dog: int
) -> None:
    rules = read_http_description(written(tmp_path, 'at = "caption"')).answer
    scores = read_scores({"caption": caption}, rules)
    assert scores.labels == rules.known_labels == ("cat", "dog")
    assert scores.values.tolist() == [[cat, dog]]
    several = read_scores({"caption": ["nothing", caption]}, rules)
    assert several.values.tolist() == scores.values.tolist()


def test_the_best_detection_counts(tmp_path: Path) -> None:
    fields = 'at = "found"\nword = "name"\nscore = "box.score"\nunit = "percent"'
    rules = read_http_description(written(tmp_path, fields)).answer
    found = [("a kitten", 30), ("cat", 80), ("dog", 12.5), ("frog", 99)]
    answer = {"found": [{"name": name, "box": {"score": score}} for name, score in found]}
    assert read_scores(answer, rules).values.tolist() == [[0.8, 0.125]]
    assert read_scores({"found": []}, rules).values.tolist() == [[0, 0]]


@pytest.mark.parametrize(
    "odd", [None, 3, {"text": "cat"}, ["cat", 3], [{"name": "cat"}], "x" * 10**6]
)
def test_what_is_no_text_is_refused(tmp_path: Path, odd: object) -> None:
    rules = read_http_description(written(tmp_path, 'at = "caption"')).answer
    with pytest.raises(AnswerError):
        read_scores({"caption": odd}, rules)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("[answer.words]", "[answer.wrds]", r"form words takes its labels from \[answer.words\]"),
        ('"kitten"', '" "', "each with words that stand for it"),
        ('cat = ["cat"', 'cat = [7, "cat"', r"\[words\] cat must be a list, each a text"),
        ("[request]", 'labels = ["cat"]\n[request]', "takes its labels from"),
        ('at = "caption"', 'at = "caption"\nunit = "percent"', "unit with score"),
        ('at = "caption"', 'at = "caption"\nscore = "s"', "score goes with word"),
    ],
)
def test_what_is_described_wrongly_is_said(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    path = written(tmp_path, 'at = "caption"')
    path.write_text(path.read_text("utf-8").replace(before, after), encoding="utf-8")
    with pytest.raises(TargetUnusable, match=message):
        read_http_description(path)


class Captions(PlainJson):
    """Names the labels that are more likely than chance, in a sentence."""

    def write(self, scores: Scores, request: Request) -> bytes:
        (row,) = scores.values
        seen = [label for label, value in zip(scores.labels, row, strict=True) if value > 0.2]
        return json.dumps({"caption": f"There is a {' and a '.join(seen)}."}).encode()


def test_a_captioner_is_asked(
    tmp_path: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Retries, "backoff", lambda self, retry: 0.0)
    model = OnnxTarget(write_network(tmp_path / "model.onnx"))
    server = stack.enter_context(FakeServer(model, Captions(), [None, FAULTS["half"]]))
    target = open_target(str(written(tmp_path, 'at = "caption"', server.url)))
    stack.callback(target.close)
    some = pictures(6, SIZE)
    found = np.concatenate([target.ask([picture]).values for picture in some])
    columns = [LABELS.index(label) for label in ("cat", "dog")]
    assert (found == (expected(some)[:, columns] > 0.2)).all()
    assert 0 < found.mean() < 1
    path = written(tmp_path, 'at = "caption"', server.url)
    path.write_text(path.read_text("utf-8").replace('"kitten"', '"tomcat"'), encoding="utf-8")
    assert open_target(str(path)).identity() != target.identity()
