from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from content_target import LABELS, ContentTarget
from tiny_network import INPUT, SIZE, expected, pictures, write_network

from isotopes.errors import AnswerError, TargetError
from isotopes.targets import open_target
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.local.description import Description, Output, write_description
from isotopes.targets.local.preprocess import Preprocessing, prepare_input
from isotopes.targets.target import Picture
from isotopes.testing import FakeServer, Request
from isotopes.testing.faults import Reply
from isotopes.testing.formats.open_inference import OpenInferenceFormat

BYTES = Preprocessing(SIZE, layout="nhwc", dtype="uint8")


class Tensors(OpenInferenceFormat):
    """A server whose model takes what `INPUT` makes, as a network without preprocessing does."""

    def __init__(self, made: list[Picture]) -> None:
        self._made = made
        self.sent: list[np.ndarray] = []

    def read(self, request: Request) -> list[Picture]:
        (tensor,) = json.loads(request.body)["inputs"]
        assert tensor["datatype"] == "FP32"
        self.sent.append(np.asarray(tensor["data"], np.float32).reshape(tensor["shape"]))
        return self._made

    def describe(self, request: Request) -> bytes | None:
        inputs = [{"name": "x", "datatype": "FP32", "shape": [-1, 3, *SIZE]}]
        return json.dumps({"name": "tiny", "inputs": inputs}).encode()


def describe(
    folder: Path,
    server: FakeServer,
    how: Preprocessing = BYTES,
    output: Output = "probabilities",
    top: str = "retries = 0",
) -> str:
    path = folder / "server.toml"
    write_description(path, Description(LABELS, how, output))
    address = f'url = "{server.url}v2/models/tiny"\n{top}\n'
    path.write_text(address + path.read_text("utf-8"), encoding="utf-8")
    return f"oip:{path}"


def test_tensors_are_prepared_as_described(tmp_path: Path) -> None:
    some = pictures(3)
    wire = Tensors(some)
    model = OnnxTarget(write_network(tmp_path / "m.onnx"))
    with FakeServer(model, wire) as server:
        target = open_target(describe(tmp_path, server, INPUT))
        scores = target.ask(some)
        target.close()
    np.testing.assert_array_equal(wire.sent[0], prepare_input(some, INPUT))
    np.testing.assert_allclose(scores.values, expected(some), atol=1e-6)
    assert json.loads(server.requests[1].body)["inputs"][0]["name"] == "x"


def test_the_model_is_asked_once_what_it_takes(tmp_path: Path) -> None:
    with FakeServer(ContentTarget(), OpenInferenceFormat()) as server:
        target = open_target(describe(tmp_path, server))
        for picture in pictures(3):
            target.ask([picture])
        target.close()
    assert [request.method for request in server.requests] == ["GET", "POST", "POST", "POST"]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (replace(BYTES, layout="nchw"), r"is 'UINT8' of shape \[-1, -1, -1, 3\], but its descr"),
        (INPUT, r"makes FP32 of shape \['n', 3, 6, 8\] \(nchw\)"),
    ],
)
def test_an_input_that_does_not_fit_is_told_before_a_picture_is_sent(
    tmp_path: Path, how: Preprocessing, message: str
) -> None:
    with FakeServer(ContentTarget(), OpenInferenceFormat()) as server:
        target = open_target(describe(tmp_path, server, how))
        with pytest.raises(TargetError, match=message):
            target.ask(pictures(1))
        target.close()
    assert [request.method for request in server.requests] == ["GET"]


def test_half_precision_has_no_json(tmp_path: Path) -> None:
    half = replace(INPUT, dtype="float16")
    with (
        FakeServer(ContentTarget(), OpenInferenceFormat()) as server,
        pytest.raises(TargetError, match="the protocol has no JSON for float16"),
    ):
        open_target(describe(tmp_path, server, half))


@pytest.fixture
def change(tmp_path: Path) -> Iterator[Any]:
    """Asks a server whose answers a function changes."""
    servers = []

    def ask(function: Any, **how: Any) -> Any:
        def fault(reply: Reply) -> Reply:
            answer = json.loads(reply.body)
            function(answer)
            return replace(reply, body=json.dumps(answer).encode())

        faults = [None, fault]
        servers.append(FakeServer(ContentTarget(), OpenInferenceFormat(), faults))
        target = open_target(describe(tmp_path, servers[-1].__enter__(), **how))
        try:
            return target.ask(pictures(2))
        finally:
            target.close()

    yield ask
    for server in servers:
        server.__exit__(None, None, None)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda it: it.update(id="another"), "it answers another request than the one sent"),
        (lambda it: it.pop("outputs"), "it must hold outputs, each with name, shape and numbers"),
        (lambda it: it["outputs"][0].update(shape=[3, 5]), "it must hold outputs"),
        (lambda it: it["outputs"][0].update(shape=[10, 1]), "2 pictures were asked, got scores"),
        (
            lambda it: it["outputs"].append({**it["outputs"][0], "name": "more"}),
            "it has several outputs: 'probabilities', 'more'",
        ),
        (lambda it: it["outputs"][0].update(datatype="UINT8"), r"holds whole numbers \(UINT8\)"),
        (lambda it: it["outputs"][0].update(shape=[1, 10]), "2 pictures were asked, got scores"),
        (lambda it: it["outputs"][0]["data"].__setitem__(0, 7.5), "must be probabilities in"),
    ],
)
def test_answers_that_can_not_be_used_are_told(change: Any, function: Any, message: str) -> None:
    with pytest.raises(AnswerError, match=message):
        change(function)


def test_a_server_that_repeats_no_id_is_believed(change: Any) -> None:
    assert change(lambda it: it.pop("id")).values.shape == (2, len(LABELS))


def test_an_address_with_a_query_is_refused(tmp_path: Path) -> None:
    with FakeServer(ContentTarget(), OpenInferenceFormat()) as server:
        spec = describe(tmp_path, server)
    path = Path(spec.partition(":")[2])
    path.write_text(path.read_text("utf-8").replace("/tiny", "/tiny?key=1"), encoding="utf-8")
    with pytest.raises(TargetError, match="url must not contain") as caught:
        open_target(spec)
    assert "[headers]" in str(caught.value.hint)
