"""A service that answers a batch in another order than it was asked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from content_target import ContentTarget, answer_to, pictures

from isotopes.errors import AnswerError, TargetError
from isotopes.targets.http.description import read_http_description
from isotopes.targets.kinds.http_json import HttpTarget
from isotopes.testing import FakeServer, Fault, reorder
from isotopes.testing.faults import Reply
from isotopes.testing.formats.plain_json import PlainJson

ITEM = '{"id": "{{id}}", "data": "{{image_base64}}"}'


def describe(folder: Path, url: str, item: str = ITEM, more: str = 'id = "id"') -> HttpTarget:
    path = folder / "service.toml"
    path.write_text(
        f"""
        url = "{url}"
        [request]
        body = '{{"images": "{{{{items}}}}"}}'
        item = '{item}'
        batch = 8
        [answer]
        each = "results"
        form = "objects"
        at = "answer"
        label = "label"
        score = "score"
        {more}
        """,
        encoding="utf-8",
    )
    return HttpTarget(read_http_description(path))


@pytest.mark.parametrize("fault", [None, reorder("results")])
def test_answers_with_a_number_find_their_picture(tmp_path: Path, fault: Fault | None) -> None:
    some = pictures(8)
    with FakeServer(ContentTarget(), PlainJson(), [fault]) as server:
        target = describe(tmp_path, server.url)
        scores = target.ask(some)
        target.close()
    order = [scores.column(label) for label in ContentTarget().labels]
    np.testing.assert_allclose(scores.values[:, order], [answer_to(one) for one in some])


def twice(reply: Reply) -> Reply:
    answer = json.loads(reply.body)
    answer["results"][1]["id"] = "0"
    return Reply(json.dumps(answer).encode())


def test_two_answers_to_one_picture_are_told(tmp_path: Path) -> None:
    with FakeServer(ContentTarget(), PlainJson(), [twice]) as server:
        target = describe(tmp_path, server.url)
        with pytest.raises(AnswerError, match="each of its 3 parts must be about another picture"):
            target.ask(pictures(3))
        target.close()


@pytest.mark.parametrize(
    ("item", "more"), [(ITEM, ""), ('{"data": "{{image_base64}}"}', 'id = "id"')]
)
def test_a_number_is_both_sent_and_read(tmp_path: Path, item: str, more: str) -> None:
    with pytest.raises(TargetError, match="go together"):
        describe(tmp_path, "http://127.0.0.1:1/", item, more)
