"""Requests to Amazon are signed as Amazon's own client signs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest
from content_target import ContentTarget

from isotopes.errors import ServiceRefused, TargetUnreachable, TargetUnusable
from isotopes.targets.aws.rekognition import Rekognition
from isotopes.targets.aws.signing import find_access
from isotopes.targets.gate import Gate
from isotopes.testing import FakeServer, Request
from isotopes.testing.faults import Reply
from isotopes.testing.formats.rekognition import RekognitionFormat

boto3 = pytest.importorskip("boto3")
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
PICTURE = b"\x89PNG any bytes"
SAME = ("x-amz-security-token", "x-amz-target", "content-type")


class Recorder(FakeServer):
    """Keeps requests, and answers with what it is told."""

    answer_with = Reply(b'{"Labels": []}')

    def reply(self, request: Request) -> Reply:
        self.requests.append(request)
        return self.answer_with


@pytest.fixture
def server() -> Iterator[Recorder]:
    with Recorder(ContentTarget(), RekognitionFormat()) as recorder:
        yield recorder


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session-token")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


class Sleepless(Gate):
    def pause(self, seconds: float) -> None:
        """Return at once."""


def signature(request: Request) -> str:
    """What a request's signature must be: AWS Signature Version 4, written out."""
    credential, signed, _ = request.headers["authorization"].partition(" ")[2].split(", ")
    _, day, region, service, end = credential.partition("=")[2].split("/")
    names = signed.partition("=")[2]
    lines = [f"{name}:{' '.join(request.headers[name].split())}" for name in names.split(";")]
    body = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join([request.method, request.path, "", *lines, "", names, body])
    scope = "/".join([day, region, service, end])
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, hashed])
    key = f"AWS4{SECRET}".encode()
    for part in (day, region, service, end, text):
        key = hmac.new(key, part.encode(), "sha256").digest()
    return key.hex()


def test_requests_and_signatures_are_those_of_amazon_s_client(server: Recorder) -> None:
    client = boto3.client("rekognition", region_name="us-east-1", endpoint_url=server.url)
    client.detect_labels(Image={"Bytes": PICTURE}, MaxLabels=7)
    client.close()
    ours = Rekognition("us-east-1", server.url, 1)
    question = {"Image": {"Bytes": base64.b64encode(PICTURE).decode()}, "MaxLabels": 7}
    assert ours.call("DetectLabels", question, dict) == {"Labels": []}
    ours.close()
    for request in server.requests:
        assert request.headers["authorization"].endswith(f"Signature={signature(request)}")
    theirs, mine = server.requests
    assert json.loads(mine.body) == json.loads(theirs.body)
    assert {name: mine.headers[name] for name in SAME} == {
        name: theirs.headers[name] for name in SAME
    }
    covered = mine.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    assert set(covered.split(";")) == {"host", "x-amz-date", *SAME}


def test_names_that_mean_busy_are_tried_again_and_not_billed(server: Recorder) -> None:
    server.answer_with = Reply(b'{"__type": "com.amazon#ThrottlingException"}', 400)
    billed: list[bool] = []
    service = Rekognition("us-east-1", server.url, 1)
    with pytest.raises(TargetUnreachable, match="no answer in 6 attempts: ThrottlingException"):
        service.call("DetectLabels", {}, dict, Sleepless().before_retry(billed.append))
    service.close()
    assert billed == [False] * 5


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("AccessDeniedException", "must allow this operation"),
        ("ExpiredTokenException", "renew the credential"),
        ("InvalidSignatureException", "clock"),
        ("NeverHeardOf", "request template"),
    ],
)
def test_other_names_are_final_and_explained(server: Recorder, name: str, hint: str) -> None:
    server.answer_with = Reply(f'{{"__type": "{name}", "Message": "no"}}'.encode(), 400)
    service = Rekognition("us-east-1", server.url, 1)
    with pytest.raises(ServiceRefused, match=f"refused the request: 400.*{name}") as caught:
        service.call("DetectLabels", {}, dict)
    service.close()
    assert caught.value.code == name
    assert hint in str(caught.value.hint)
    assert len(server.requests) == 1


def test_the_region_decides_the_address() -> None:
    assert find_access("rekognition", "eu-west-1", None).url == (
        "https://rekognition.eu-west-1.amazonaws.com"
    )
    assert ".amazonaws.com.cn" in find_access("rekognition", "cn-north-1", None).url
    with pytest.raises(TargetUnusable, match="rekognition can't be asked: "):
        find_access("rekognition", "us-east-1", "no address")


def test_where_requests_go_is_told() -> None:
    service = Rekognition("eu-west-1", None, 1)
    assert service.destination == (
        "rekognition.eu-west-1.amazonaws.com with Amazon's credential chain"
    )
