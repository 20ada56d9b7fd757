"""An encoder behind HTTP whose anchors are pictures: they are embedded once, paid for and kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faulty_service import be_quick
from PIL import Image
from scipy.special import softmax
from served_network import served
from tiny_network import expected, pictures

from isotopes.errors import AnswerError, BudgetExhausted, TargetUnreachable, TargetUnusable
from isotopes.stats.scores.embeddings import embeddings_in
from isotopes.targets import Target, open_target
from isotopes.targets.asking.budget import Budget, Budgeted
from isotopes.testing import FakeServer
from isotopes.testing.faults import FAULTS
from isotopes.testing.formats.embeddings import embedding_of
from isotopes.testing.registry import get_wire_format

LABELS = ("mine", "others")
ANCHORS = {"mine": pictures(3, seed=5), "others": pictures(4, seed=6)}
# Where OpenAI's API, Cohere's and Hugging Face's text-embeddings-inference have the numbers.
LAYOUTS = {
    "openai": ('each = "data"\nat = "embedding"', None),
    "cohere": ('each = "embeddings.float"\nat = "@"', lambda data: {"embeddings": {"float": data}}),
    "tei": ('each = "@"\nat = "@"', lambda data: data),
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    be_quick(monkeypatch)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def serve(folder: Path, stack: ExitStack, layout: str = "openai", **how: Any) -> FakeServer:
    answer, _ = LAYOUTS[layout]
    server = stack.enter_context(FakeServer(served(), get_wire_format("http-encoder"), **how))
    for label, some in ANCHORS.items():
        (folder / "anchors" / label).mkdir(parents=True)
        for at, picture in enumerate(some):
            Image.fromarray(picture).save(folder / "anchors" / label / f"{at}.png")
    (folder / "encoder.toml").write_text(
        f"""
        url = "{server.url}"
        labels = ["mine", "others"]
        anchors = "anchors"
        scale = 7
        price = 0.5
        [request]
        body = '{{"input": "{{{{items}}}}"}}'
        item = '"{{{{image_base64}}}}"'
        batch = 2
        [answer]
        {answer}
        """
    )
    return server


def opened(folder: Path, stack: ExitStack) -> Target:
    target = open_target(f"http-encoder:{folder / 'encoder.toml'}")
    stack.callback(target.close)
    return target


def wanted(some: list[Any]) -> np.ndarray:
    def units(which: list[Any]) -> np.ndarray:
        raw = embedding_of(expected(which))
        return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True))

    means = np.stack([units(ANCHORS[label]).mean(axis=0) for label in LABELS])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return np.asarray(softmax(7 * units(some) @ means.T, axis=1))


def test_anchors_are_embedded_when_first_asked_and_kept_for_the_next_run(
    tmp_path: Path, stack: ExitStack
) -> None:
    server, some = serve(tmp_path, stack), pictures(2)
    target = opened(tmp_path, stack)
    assert (target.preparing, len(server.requests)) == (7, 0)
    assert {label: len(one) for label, one in target.anchors.items()} == {"mine": 3, "others": 4}
    budgeted = Budgeted(target, Budget(price=0.5))
    np.testing.assert_allclose(budgeted.ask(some).values, wanted(some), atol=1e-6)
    assert len(server.requests) == 2 + 2 + 1
    assert budgeted.spent == 2 * 5  # no request holds more pictures than the one that waited
    before = len(server.requests)
    np.testing.assert_allclose(opened(tmp_path, stack).ask(some).values, wanted(some), atol=1e-6)
    assert len(server.requests) == before + 1


def test_without_anchors_its_embeddings_are_the_answers(tmp_path: Path, stack: ExitStack) -> None:
    server, some = serve(tmp_path, stack), pictures(2)
    compared = opened(tmp_path, stack).identity()
    path = tmp_path / "encoder.toml"
    text = path.read_text()
    for line in ('labels = ["mine", "others"]', 'anchors = "anchors"'):
        path.write_text(text.replace(line, ""))
        with pytest.raises(TargetUnusable, match="label"):  # both, or neither
            opened(tmp_path, stack)
    path.write_text(
        text.replace('labels = ["mine", "others"]', "").replace('anchors = "anchors"', "")
    )
    target = opened(tmp_path, stack)
    assert (target.embeds, target.labels, target.preparing) == (True, None, 0)
    assert (target.anchors, target.unchecked_anchors) == ({}, False)
    raw = embedding_of(expected(some))
    units = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    np.testing.assert_allclose(embeddings_in(target.ask(some).values), units, atol=1e-6)
    assert len(server.requests) == 1
    assert target.identity() != compared


def test_a_failure_or_an_empty_purse_loses_no_anchor(tmp_path: Path, stack: ExitStack) -> None:
    turns = [None, None, FAULTS["quota"]]
    server, some = serve(tmp_path, stack, faults=turns), pictures(1)
    with pytest.raises(TargetUnreachable):
        opened(tmp_path, stack).ask(some)
    (kept,) = tmp_path.glob("anchors-*.jsonl")
    kept.write_bytes(kept.read_bytes() + b'{"picture": "cut o')
    with pytest.raises(BudgetExhausted):
        Budgeted(opened(tmp_path, stack), Budget(queries=4)).ask(some)
    np.testing.assert_allclose(opened(tmp_path, stack).ask(some).values, wanted(some), atol=1e-6)
    assert len(server.requests) == 7 + 1 + 1  # the anchors, one refusal, the question


@pytest.mark.parametrize("layout", ["cohere", "tei"])
def test_the_numbers_are_read_where_the_description_says(
    layout: str, tmp_path: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    _, arranged = LAYOUTS[layout]
    assert arranged is not None
    server, some = serve(tmp_path, stack, layout), pictures(2)
    wire = server._wire
    write = wire.write

    def otherwise(scores: Any, request: Any) -> bytes:
        said = json.loads(write(scores, request))
        return json.dumps(arranged([one["embedding"] for one in said["data"]])).encode()

    monkeypatch.setattr(wire, "write", otherwise)
    np.testing.assert_allclose(opened(tmp_path, stack).ask(some).values, wanted(some), atol=1e-6)


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": []}',
        b'{"data": [{"embedding": []}, {"embedding": []}]}',
        b'{"data": [{"embedding": [1, 2]}, {"embedding": [1]}]}',
        b'{"data": [{"embedding": [0, 0]}, {"embedding": [0, 0]}]}',
        b'{"data": [{"embedding": [1, "x"]}, {"embedding": [1, 2]}]}',
        b'{"data": [{"embedding": [1, 2]}]}',
    ],
)
def test_answers_that_are_no_embeddings_are_not_kept(
    body: bytes, tmp_path: Path, stack: ExitStack
) -> None:
    from dataclasses import replace

    serve(tmp_path, stack, faults=[lambda reply: replace(reply, body=body)])
    with pytest.raises(AnswerError):
        opened(tmp_path, stack).ask(pictures(2))


def test_the_identity_covers_the_anchors_and_a_mistaken_kind_is_told(
    tmp_path: Path, stack: ExitStack
) -> None:
    serve(tmp_path, stack)
    before = opened(tmp_path, stack).identity()
    Image.fromarray(pictures(1, seed=9)[0]).save(tmp_path / "anchors" / "mine" / "0.png")
    assert opened(tmp_path, stack).identity() != before
    with pytest.raises(TargetUnusable, match="describes an encoder") as caught:
        open_target(str(tmp_path / "encoder.toml"))
    assert str(caught.value.hint).startswith("give http-encoder:")
