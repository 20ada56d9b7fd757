"""Vendors' services: as many labels as they give, what they cut off, and whose pictures fit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from content_target import ContentTarget, answer_to
from hypothesis import given, settings
from hypothesis import strategies as st
from target_cases import AZURE, set_credentials
from tiny_network import pictures

from isotopes.errors import AnswerError, TargetError
from isotopes.stats.scores.statistic import are_independent
from isotopes.targets import (
    Completeness,
    OpenableTarget,
    Picture,
    Scores,
    Target,
    open_target,
    target_kinds,
)
from isotopes.targets.aws.rekognition_labels import LabelsTarget
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.http.encoding import Encoding, encode, lossless_within
from isotopes.targets.http.json_target import JsonTarget
from isotopes.testing import FakeServer, Fault
from isotopes.testing.faults import FAULTS, Reply
from isotopes.testing.formats.rekognition import ARN
from isotopes.testing.formats.roboflow import RoboflowFormat
from isotopes.testing.registry import get_wire_format
from isotopes.testing.wire import Request, decode_file

ADDRESSES = {
    "azure-custom-vision": f"{{url}}{AZURE}",
    "clarifai": "{url}v2/users/u/apps/a/models/m",
    "google-vision": "{url}",
    "huggingface": "{url}models/tiny",
    "rekognition": "us-east-1@{url}",
    "rekognition-custom": f"{ARN}@{{url}}",
    "roboflow": "{url}project/1",
    "torchserve": "{url}predictions/tiny",
    "vertex": "{url}v1/projects/p/locations/r/endpoints/1",
}
WITH_KEY = {"prediction-key": "any"}
MANY = tuple(f"label {number}" for number in range(60))


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    set_credentials(monkeypatch)


def serve(stack: ExitStack, kind: str, model: Target, **how: Any) -> tuple[Target, FakeServer]:
    wire = how.pop("wire", None) or get_wire_format(kind)
    server = stack.enter_context(FakeServer(model, wire, **how))
    target = open_target(f"{kind}:{ADDRESSES[kind].format(url=server.url)}")
    stack.callback(target.close)
    return target, server


def test_every_vendor_s_service_is_here() -> None:
    room = "isotopes.targets.kinds.services."
    services = {n for n, kind in target_kinds().items() if kind.__module__.startswith(room)}
    missing = services - ADDRESSES.keys()
    assert not missing, f"{missing} have no fake's address in ADDRESSES: docs/extending.md"


@pytest.mark.parametrize("kind", sorted(ADDRESSES))
@pytest.mark.parametrize(
    ("url", "after"),
    [("http://user:hunter2@127.0.0.1:9/", ""), ("http://127.0.0.1:9/", "?key=hunter2")],
)
def test_a_credential_in_the_address_is_refused_and_not_repeated(
    kind: str, url: str, after: str
) -> None:
    with pytest.raises(TargetError) as caught:
        open_target(f"{kind}:{ADDRESSES[kind].format(url=url)}{after}")
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("kind", sorted(ADDRESSES.keys() - {"torchserve"}))
def test_more_labels_are_asked_for_than_a_service_shows_by_itself(kind: str) -> None:
    (picture,) = pictures(1, (90, 90))
    with ExitStack() as stack:
        target, _ = serve(stack, kind, ContentTarget(MANY))
        scores = target.ask([picture])
    shown = {label: scores.values[0, scores.column(label)] for label in scores.labels}
    assert shown.keys() == set(MANY)
    for label, score in zip(MANY, answer_to(picture, len(MANY)), strict=True):
        assert shown[label] == pytest.approx(score, abs=1e-9)


def test_torchserve_shows_five(tmp_path: Path) -> None:
    with ExitStack() as stack:
        target, _ = serve(stack, "torchserve", ContentTarget(MANY))
        scores = target.ask(pictures(1))
    assert (scores.completeness, scores.limit) == (Completeness.TOP_K, 5)
    best = np.argsort(-answer_to(*pictures(1), labels=len(MANY)))[:5]
    assert set(scores.labels) == {MANY[place] for place in best}


def test_a_project_with_several_labels_a_picture_is_read_too() -> None:
    with ExitStack() as stack:
        wire = RoboflowFormat(several=True)
        target, _ = serve(stack, "roboflow", ContentTarget(MANY), wire=wire)
        scores = target.ask(pictures(1))
    assert set(scores.labels) == set(MANY)


class SeveralLabels(ContentTarget):
    """A sigmoid for each label: their probabilities don't add up to 1."""

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        shares = super().ask(pictures, gate)
        return replace(shares, values=np.sqrt(np.sqrt(shares.values)))


@pytest.mark.parametrize("kind", sorted(ADDRESSES.keys() - {"torchserve"}))
def test_labels_that_are_independent_stay_so(kind: str) -> None:
    model, some = SeveralLabels(), pictures(1, (90, 90))
    (wanted,) = model.ask(some).values
    with ExitStack() as stack:
        target, _ = serve(stack, kind, model)
        scores = target.ask(some)
    assert are_independent(scores.values)
    shown = [scores.values[0, scores.column(label)] for label in model.labels]
    np.testing.assert_allclose(shown, wanted, atol=1e-9)


def test_the_fake_of_hugging_face_makes_shares_where_a_softmax_is_asked_for() -> None:
    wire, (picture,) = get_wire_format("huggingface"), pictures(1)
    scores = SeveralLabels().ask([picture])
    said = {"inputs": "", "parameters": {"function_to_apply": "softmax"}}
    asked = Request("/", {"content-type": "application/json"}, json.dumps(said).encode())
    shown = json.loads(wire.write(scores, asked))
    assert sum(one["score"] for one in shown) == pytest.approx(1)


def success(answer: object) -> Fault:
    return lambda reply: Reply(json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("kind", "answer", "reason"),
    [
        ("google-vision", {"responses": [{"error": {"message": "Bad image data"}}]}, "Bad image"),
        (
            "clarifai",
            {"outputs": [{"status": {"code": 30002, "description": "Download failed"}}]},
            "Download failed",
        ),
    ],
)
def test_a_refusal_that_comes_as_a_success_is_told(kind: str, answer: object, reason: str) -> None:
    with ExitStack() as stack:
        target, _ = serve(stack, kind, ContentTarget(), faults=[success(answer)])
        with pytest.raises(AnswerError, match=f"can't be used: it says {reason}"):
            target.ask(pictures(1))


def test_a_picture_without_labels_is_an_answer() -> None:
    with ExitStack() as stack:
        target, _ = serve(
            stack, "google-vision", ContentTarget(), faults=[success({"responses": [{}]})]
        )
        scores = target.ask(pictures(1))
    assert scores.values.shape == (1, 0)
    assert scores.completeness is Completeness.TOP_K


@pytest.mark.parametrize(
    ("headers", "fault", "status", "code"),
    [
        ({}, None, 401, ("error", "code", "401")),
        (WITH_KEY, FAULTS["throttle"], 429, ("error", "code", "429")),
        (WITH_KEY, None, 400, ("code", "BadRequestImageFormat")),
        (WITH_KEY, FAULTS["quota"], 403, ("code", "Forbidden")),
    ],
)
def test_azure_refuses_in_its_own_form(
    headers: dict[str, str], fault: Fault | None, status: int, code: tuple[str, ...]
) -> None:
    wire = get_wire_format("azure-custom-vision")
    with FakeServer(ContentTarget(), wire, [fault]) as server:
        reply = server.reply(Request(f"/{AZURE}", headers, b"no picture", "POST"))
    found: Any = json.loads(reply.body)
    for name in code[:-1]:
        found = found[name]
    assert (reply.status, found) == (status, code[-1])


def test_azure_is_asked_to_keep_nothing() -> None:
    with ExitStack() as stack:
        target, server = serve(stack, "azure-custom-vision", ContentTarget())
        target.ask(pictures(1))
    assert server.requests[0].path.endswith("/image/nostore")


def predicting(*probabilities: object) -> Fault:
    """An answer of Custom Vision with these probabilities."""
    said = [{"tagName": f"tag {at}", "probability": one} for at, one in enumerate(probabilities)]
    return success({"iteration": "1", "predictions": said})


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        ((0.5, float("nan")), "must be a finite number, got nan"),
        ((1.1, -0.1), "must be probabilities in .0, 1., got -0.1"),
        ((90.0, 10.0), "must be probabilities in .0, 1., got 90"),
        (("0.9", 0.1), "must be a finite number, got str"),
        ((), "it shows no label, where all are due"),
    ],
)
def test_odd_probabilities_of_a_vendor_are_refused_without_advice_for_others(
    probabilities: tuple[object, ...], message: str
) -> None:
    with ExitStack() as stack:
        faults = [None, predicting(*probabilities)]
        target, _ = serve(stack, "azure-custom-vision", ContentTarget(), faults=faults)
        target.ask(pictures(1))
        with pytest.raises(AnswerError, match=message) as caught:
            target.ask(pictures(1))
        assert target.ask(pictures(1)).values.size
    assert "divide" not in str(caught.value.hint)


def encoding_of(kind: type[OpenableTarget], stack: ExitStack) -> Encoding:
    if issubclass(kind, LabelsTarget):
        return kind.encoding
    target, _ = serve(stack, kind.kind, ContentTarget())
    assert isinstance(target, JsonTarget)
    return target._description.encoding


@pytest.mark.parametrize("kind", sorted(ADDRESSES))
def test_the_sizes_that_a_kind_tells_are_those_it_keeps_to(kind: str) -> None:
    with ExitStack() as stack:
        how = encoding_of(target_kinds()[kind], stack)
    assert how.format == "png"
    limits = target_kinds()[kind].limits
    assert f"{how.longest_side} pixels a side" in limits
    assert (how.shortest_side is None) or f"PNG of {how.shortest_side} to" in limits


@settings(max_examples=20, deadline=None)
@given(
    most=st.integers(10_000, 400_000),
    size=st.tuples(st.integers(1, 500), st.integers(1, 500)),
    seed=st.integers(0, 99),
)
def test_no_picture_is_larger_than_the_service_takes(
    most: int, size: tuple[int, int], seed: int
) -> None:
    (noise,) = pictures(1, size, seed)  # nothing compresses less
    flat = np.zeros_like(noise)
    how = lossless_within(most)
    files = [encode(picture, how) for picture in (noise, flat)]
    assert max(map(len, files)) <= most
    assert decode_file(files[0]).shape == decode_file(files[1]).shape


def test_no_file_is_smaller_than_the_service_takes() -> None:
    flat = np.zeros((200, 200, 3), np.uint8)
    how = lossless_within(6_000_000, least_bytes=2**10)
    assert len(encode(flat, replace(how, least_bytes=0))) < 2**10 <= len(encode(flat, how))
    np.testing.assert_array_equal(decode_file(encode(flat, how)), flat)
    assert repr(how) == repr(lossless_within(6_000_000))  # it shows the same, so it is the same


def test_small_pictures_are_enlarged_by_repeating_pixels() -> None:
    (picture,) = pictures(1, (6, 8))
    sent = decode_file(encode(picture, Encoding(shortest_side=20)))
    np.testing.assert_array_equal(sent, picture.repeat(4, axis=0).repeat(4, axis=1))
    assert decode_file(encode(picture, Encoding(shortest_side=6))).shape == picture.shape


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("vertex:my-endpoint", "must be projects/P/locations/REGION/endpoints/E, or the whole"),
        ("roboflow:project", "must be PROJECT/VERSION"),
        ("roboflow:https://serverless.roboflow.com/p/1?api_key=k", "must not contain"),
        ("clarifai:https://user:pw@api.clarifai.com/v2", "without a password in it"),
        ("rekognition-custom:my-model", "must be the ARN of a model version"),
        ("rekognition:eu-west-1@http://host/?key=1", "must not contain"),
    ],
)
def test_what_names_no_model_is_told(spec: str, message: str) -> None:
    with pytest.raises(TargetError, match=message) as caught:
        open_target(spec)
    assert "api_key=k" not in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "address"),
    [
        (
            "vertex:projects/p/locations/us-central1/endpoints/77",
            "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1"
            "/endpoints/77:predict",
        ),
        ("google-vision:default", "https://vision.googleapis.com/v1/images:annotate"),
        (
            "azure-custom-vision:cats/1234/Iteration 1",
            "https://cats.cognitiveservices.azure.com/customvision/v3.1/prediction/1234/classify"
            "/iterations/Iteration%201/image/nostore",
        ),
        (
            "clarifai:clarifai/main/general-image-recognition",
            "https://api.clarifai.com/v2/users/clarifai/apps/main/models/general-image-recognition"
            "/outputs",
        ),
        (
            "huggingface:google/vit-base-patch16-224",
            "https://router.huggingface.co/hf-inference/models/google/vit-base-patch16-224",
        ),
        ("roboflow:cats/2", "https://serverless.roboflow.com/cats/2"),
        ("torchserve:densenet161/1.0", "http://localhost:8080/predictions/densenet161/1.0"),
    ],
)
def test_short_names_mean_the_vendor_s_own_address(spec: str, address: str) -> None:
    target = open_target(spec)
    assert isinstance(target, JsonTarget)
    assert target._description.endpoint.shown == address
    target.close()


@pytest.mark.parametrize("kind", ["azure-custom-vision", "clarifai", "roboflow"])
def test_without_its_credential_nothing_is_opened(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (variable,) = target_kinds()[kind].credentials
    monkeypatch.delenv(variable)
    with pytest.raises(TargetError, match=f"the environment variable '{variable}'"):
        open_target(f"{kind}:{ADDRESSES[kind].format(url='https://example.org/')}")


@pytest.mark.parametrize(("kind", "package"), [("vertex", "google.auth"), ("rekognition", "boto3")])
def test_without_its_package_the_extra_is_named(
    kind: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN")
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(TargetError, match="needs the package") as caught:
        open_target(f"{kind}:{ADDRESSES[kind].format(url='https://example.org/')}")
    assert caught.value.hint == "in a checkout: pip install '.[cloud]'"
