"""The fakes answer vendors' own clients, and Google's own credential chain is followed."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from content_target import LABELS, ContentTarget, answer_to
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tiny_network import pictures

from isotopes.errors import TargetError, TargetUnreachable
from isotopes.lab.models.vertex_customer import vertex_customer
from isotopes.targets import Picture, Target, open_target
from isotopes.targets.http.encoding import Encoding, encode
from isotopes.testing import FakeServer, refuse
from isotopes.testing.registry import get_wire_format
from isotopes.testing.vertex_project import TASK, VertexProject

PICTURE = pictures(1, (90, 90))[0]
FILE = encode(PICTURE, Encoding())
BY_LABEL = dict(zip(LABELS, answer_to(PICTURE), strict=True))


def test_boto3_reads_rekognition_s_fake(monkeypatch: pytest.MonkeyPatch) -> None:
    boto3 = pytest.importorskip("boto3")
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    with FakeServer(ContentTarget(), get_wire_format("rekognition")) as server:
        client = boto3.client("rekognition", endpoint_url=server.url, **keys)
        answer = client.detect_labels(Image={"Bytes": FILE}, MaxLabels=3, MinConfidence=0)
        with pytest.raises(client.exceptions.InvalidParameterException, match="80 pixels"):
            client.detect_labels(Image={"Bytes": encode(*pictures(1), Encoding())})
        client.close()
    shown = {label["Name"]: label["Confidence"] for label in answer["Labels"]}
    assert len(shown) == 3
    for label, confidence in shown.items():
        assert confidence == pytest.approx(100 * BY_LABEL[label])
    assert answer["LabelModelVersion"] == "1.0"


def test_boto3_knows_the_fake_s_throttling() -> None:
    boto3 = pytest.importorskip("boto3")
    from botocore.config import Config

    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    once = Config(retries={"total_max_attempts": 1})
    with FakeServer(ContentTarget(), get_wire_format("rekognition"), [refuse(429)]) as server:
        client = boto3.client("rekognition", endpoint_url=server.url, config=once, **keys)
        with pytest.raises(client.exceptions.ThrottlingException):
            client.detect_labels(Image={"Bytes": FILE})
        client.close()


@pytest.mark.filterwarnings("ignore")  # the client is an old one
def test_azure_s_client_reads_custom_vision_s_fake() -> None:
    pytest.importorskip("azure.cognitiveservices.vision.customvision")
    from azure.cognitiveservices.vision.customvision.prediction import (
        CustomVisionPredictionClient,
    )
    from msrest.authentication import ApiKeyCredentials

    with FakeServer(ContentTarget(), get_wire_format("azure-custom-vision")) as server:
        credentials = ApiKeyCredentials(in_headers={"Prediction-key": "any"})
        client = CustomVisionPredictionClient(server.url.rstrip("/"), credentials)
        answer = client.classify_image_with_no_store("p", "Iteration1", FILE)
        client.close()
    assert {found.tag_name: found.probability for found in answer.predictions} == pytest.approx(
        BY_LABEL
    )
    assert str(answer.iteration).endswith("1")


@pytest.mark.filterwarnings("ignore")
def test_google_s_client_reads_vision_s_fake() -> None:
    vision = pytest.importorskip("google.cloud.vision")
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.vision_v1.services.image_annotator.transports import rest

    with FakeServer(ContentTarget(), get_wire_format("google-vision")) as server:
        transport = rest.ImageAnnotatorRestTransport(
            host=server.url.rstrip("/"), url_scheme="http", credentials=AnonymousCredentials()
        )
        client = vision.ImageAnnotatorClient(transport=transport)
        answer = client.label_detection(image=vision.Image(content=FILE), max_results=2)
        transport.close()
    found = {label.description: label.score for label in answer.label_annotations}
    assert len(found) == 2
    for label, score in found.items():
        assert score == pytest.approx(BY_LABEL[label], rel=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_google_s_client_reads_vertex_s_fake() -> None:
    aiplatform = pytest.importorskip("google.cloud.aiplatform_v1")
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.aiplatform_v1.services.prediction_service.transports import rest

    with FakeServer(ContentTarget(), get_wire_format("vertex")) as server:
        transport = rest.PredictionServiceRestTransport(
            host=server.url.rstrip("/"), url_scheme="http", credentials=AnonymousCredentials()
        )
        client = aiplatform.PredictionServiceClient(transport=transport)
        answer = client.predict(
            endpoint="projects/p/locations/us-central1/endpoints/1",
            instances=[{"content": base64.b64encode(FILE).decode()}],
            parameters={"maxPredictions": 2},
        )
        transport.close()
    (found,) = answer.predictions
    assert len(found["displayNames"]) == 2
    for label, confidence in zip(found["displayNames"], found["confidences"], strict=True):
        assert confidence == pytest.approx(BY_LABEL[label])
    assert answer.deployed_model_id == "101"


@pytest.mark.filterwarnings("ignore")
def test_google_s_client_has_a_model_trained_and_served() -> None:
    aiplatform = pytest.importorskip("google.cloud.aiplatform_v1")
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.aiplatform_v1.services.dataset_service.transports import rest as datasets
    from google.cloud.aiplatform_v1.services.endpoint_service.transports import rest as endpoints
    from google.cloud.aiplatform_v1.services.pipeline_service.transports import rest as pipelines

    parent = "projects/p/locations/us-central1"
    seen: list[str] = []

    def trainer(pictures: Sequence[Picture], labels: Sequence[str]) -> Target:
        np.testing.assert_array_equal(pictures[0], PICTURE)
        seen.extend(labels)
        return ContentTarget()

    with VertexProject(trainer) as project:
        host = {"host": project.url.rstrip("/"), "url_scheme": "http"}
        known = {"credentials": AnonymousCredentials(), **host}
        with vertex_customer(project.url) as customer:
            listed = customer._put("list.csv", f"{customer._put('a.png', FILE)},ant".encode())
        client = aiplatform.DatasetServiceClient(
            transport=datasets.DatasetServiceRestTransport(**known)
        )
        dataset = client.create_dataset(parent=parent, dataset={"display_name": "mine"}).result()
        source = {"gcs_source": {"uris": [listed]}, "import_schema_uri": "gs://schema.yaml"}
        client.import_data(name=dataset.name, import_configs=[source]).result()
        trains = aiplatform.PipelineServiceClient(
            transport=pipelines.PipelineServiceRestTransport(**known)
        )
        pipeline = trains.create_training_pipeline(
            parent=parent,
            training_pipeline={
                "display_name": "mine",
                "input_data_config": {"dataset_id": dataset.name.rpartition("/")[2]},
                "training_task_definition": f"gs://schema/{TASK}",
                "training_task_inputs": {"multiLabel": False},
            },
        )
        while pipeline.state.name in {"PIPELINE_STATE_PENDING", "PIPELINE_STATE_RUNNING"}:
            pipeline = trains.get_training_pipeline(name=pipeline.name)
        assert pipeline.state.name == "PIPELINE_STATE_SUCCEEDED"
        serves = aiplatform.EndpointServiceClient(
            transport=endpoints.EndpointServiceRestTransport(**known)
        )
        endpoint = serves.create_endpoint(parent=parent, endpoint={"display_name": "e"}).result()
        deployed = serves.deploy_model(
            endpoint=endpoint.name, deployed_model={"model": pipeline.model_to_upload.name}
        ).result()
        assert deployed.deployed_model.model == pipeline.model_to_upload.name
        for one in (client, trains, serves):
            one.transport.close()
    assert seen == ["ant"]


@pytest.mark.filterwarnings("ignore")
def test_hugging_face_s_client_reads_its_fake() -> None:
    hub = pytest.importorskip("huggingface_hub")
    with FakeServer(ContentTarget(), get_wire_format("huggingface")) as server:
        client = hub.InferenceClient(model=server.url, token="any")
        answer = client.image_classification(FILE, top_k=2)
    assert len(answer) == 2
    for found in answer:
        assert found.score == pytest.approx(BY_LABEL[found.label])


@pytest.mark.filterwarnings("ignore")
def test_nvidia_s_client_reads_the_open_inference_fake() -> None:
    triton = pytest.importorskip("tritonclient.http")
    some = np.stack(pictures(2, (9, 9)))
    with FakeServer(ContentTarget(), get_wire_format("oip")) as server:
        client = triton.InferenceServerClient(server.url.removeprefix("http://").rstrip("/"))
        about = client.get_model_metadata("tiny")
        given = triton.InferInput(about["inputs"][0]["name"], list(some.shape), "UINT8")
        given.set_data_from_numpy(some, binary_data=False)
        wanted = triton.InferRequestedOutput(about["outputs"][0]["name"], binary_data=False)
        answer = client.infer("tiny", [given], outputs=[wanted])
        client.close()
    expected = [answer_to(picture) for picture in some]
    np.testing.assert_allclose(answer.as_numpy("probabilities"), expected)


@pytest.mark.filterwarnings("ignore")
def test_roboflow_s_client_reads_its_fake() -> None:
    sdk = pytest.importorskip("inference_sdk")
    with FakeServer(ContentTarget(), get_wire_format("roboflow")) as server:
        client = sdk.InferenceHTTPClient(api_url=server.url.rstrip("/"), api_key="any")
        client.select_api_v0()
        settings = sdk.InferenceConfiguration(confidence_threshold=0.0)
        with client.use_configuration(settings):
            answer = client.infer(PICTURE, model_id="project/1")
        (request,) = server.requests
    # It sends JPEG, so the model saw another picture than ours.
    (picture,) = get_wire_format("roboflow").read(request)
    by_label = dict(zip(LABELS, answer_to(picture), strict=True))
    assert {one["class"]: one["confidence"] for one in answer["predictions"]} == pytest.approx(
        by_label
    )
    assert answer["top"] == max(by_label, key=lambda label: by_label[label])


@pytest.mark.filterwarnings("ignore")
def test_clarifai_s_client_reads_its_fake() -> None:
    channels = pytest.importorskip("clarifai_grpc.channel.clarifai_channel")
    from clarifai_grpc.grpc.api import resources_pb2, service_pb2, service_pb2_grpc

    sent = resources_pb2.Input(data={"image": {"base64": FILE}})
    with FakeServer(ContentTarget(), get_wire_format("clarifai")) as server:
        channel = channels.ClarifaiChannel.get_json_channel(server.url.rstrip("/"))
        answer = service_pb2_grpc.V2Stub(channel).PostModelOutputs(
            service_pb2.PostModelOutputsRequest(
                user_app_id={"user_id": "u", "app_id": "a"}, model_id="m", inputs=[sent]
            ),
            metadata=(("authorization", "Key any"),),
        )
    assert answer.status.description == "Ok"
    (output,) = answer.outputs
    assert {one.name: one.value for one in output.data.concepts} == pytest.approx(BY_LABEL)


class TokenServer(HTTPServer):
    """Gives Google's access tokens, each for an hour, or refuses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _GiveToken)
        self.given: list[str] = []
        self.refuses = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"


class _GiveToken(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, TokenServer)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.given.append(f"ya29.token-{len(self.server.given)}")
        said: dict[str, Any] = {"access_token": self.server.given[-1], "expires_in": 3600}
        if self.server.refuses:
            said = {"error": "invalid_grant", "error_description": "private-hint"}
        body = json.dumps(said).encode()
        self.send_response(400 if self.server.refuses else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A service account whose tokens a local server gives."""
    pytest.importorskip("google.auth")
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    server = TokenServer()
    about = {
        "type": "service_account",
        "project_id": "p",
        "client_email": "someone@example.org",
        "private_key": key.decode(),
        "token_uri": server.url,
    }
    (tmp_path / "account.json").write_text(json.dumps(about), encoding="utf-8")
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def vertex(stack: ExitStack, **how: Any) -> tuple[Any, FakeServer]:
    server = stack.enter_context(FakeServer(ContentTarget(), get_wire_format("vertex"), **how))
    target = open_target(f"vertex:{server.url}v1/projects/p/locations/r/endpoints/1")
    stack.callback(target.close)
    return target, server


def test_google_s_token_is_fetched_and_renewed(tokens: TokenServer) -> None:
    with ExitStack() as stack:
        target, server = vertex(stack)
        target.ask([PICTURE])
        target.ask([PICTURE])
        signer = target._description.endpoint.signer
        signer._credentials.expiry = signer._credentials.expiry.fromtimestamp(time.time() - 1)
        target.ask([PICTURE])
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == [f"Bearer {tokens.given[place]}" for place in (0, 0, 1)]


def test_google_s_token_is_in_no_message(tokens: TokenServer) -> None:
    echo = b'{"error": "Bearer ya29.token-0 is not allowed"}'
    with ExitStack() as stack:
        target, _ = vertex(stack, faults=[refuse(403, echo)])
        with pytest.raises(TargetUnreachable, match=r"Bearer \*\*\* is not allowed"):
            target.ask([PICTURE])


def test_a_token_that_google_refuses_is_told(tokens: TokenServer) -> None:
    tokens.refuses = True
    with ExitStack() as stack:
        target, server = vertex(stack)
        with pytest.raises(TargetUnreachable, match=r"no access token \(RefreshError\)") as caught:
            target.ask([PICTURE])
        assert server.requests == []
    assert "private-hint" not in str(caught.value)


def test_without_any_google_credential_the_way_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("google.auth")
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "absent.json"))
    with pytest.raises(TargetError, match="no Google credential was found") as caught:
        open_target("google-vision:default")
    assert "gcloud auth application-default login" in str(caught.value.hint)


def test_without_any_amazon_credential_the_way_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("boto3")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "absent"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "absent"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(TargetError, match="no Amazon credential was found"):
        open_target("rekognition:us-east-1")


def test_without_a_region_one_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("boto3")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "absent"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(TargetError, match="must specify a region") as caught:
        open_target("rekognition:")
    assert "AWS_REGION" in str(caught.value.hint)
