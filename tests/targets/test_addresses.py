"""Addresses that people take for a service's: refused unasked, with the right one."""

from __future__ import annotations

from pathlib import Path

import pytest
from content_target import ContentTarget
from target_cases import AZURE, set_credentials
from tiny_network import LABELS, SIZE, pictures

from isotopes.errors import TargetUnusable
from isotopes.faces import open_face_search
from isotopes.targets import open_target
from isotopes.targets.http.json_target import JsonTarget
from isotopes.targets.local.description import Description, write_description
from isotopes.targets.local.preprocess import Preprocessing
from isotopes.testing import FakeServer
from isotopes.testing.registry import get_wire_format

HOST = "https://my.cognitiveservices.azure.com"
VISION = f"{HOST}/{AZURE}"
VERTEX = "https://eu-aiplatform.googleapis.com/v1/projects/p/locations/eu"
CLARIFAI = "https://api.clarifai.com/v2"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    set_credentials(monkeypatch)


@pytest.mark.parametrize(
    ("spec", "wrong", "instead"),
    [
        (
            f"azure-custom-vision:{VISION.replace('/image', '/url')}",
            "takes the address of a picture",
            f"the address for image files: {VISION}",
        ),
        (
            f"azure-custom-vision:{VISION.replace('/image', '/url/nostore')}",
            "takes the address of a picture",
            f"the address for image files: {VISION}",
        ),
        (
            f"azure-custom-vision:{VISION.replace('/classify/', '/detect/')}",
            "is that of an object detector",
            "which holds /classify/",
        ),
        (HOST, "must be like https://HOST/customvision/v3.1/prediction/PROJECT/classify/", ""),
        (f"{HOST}/face/v1.2/detect", "is an address of Azure Face", "isotopes faces check"),
        ("clarifai:https://api.clarifai.com", "must be like https://api.clarifai.com/v2/", ""),
        (
            "clarifai:https://clarifai.com/clarifai/main/models/general-image",
            "is the page about a model",
            "give clarifai:clarifai/main/general-image",
        ),
        (f"clarifai:{CLARIFAI}/models", "must be like", ""),
        ("https://vision.googleapis.com/v1", "must be like", ""),
        ("https://vision.googleapis.com/v1/images:asyncBatchAnnotate", "must be like", ""),
        (
            "huggingface:https://huggingface.co/google/vit-base/tree/main",
            "is the page about a model",
            "give huggingface:google/vit-base",
        ),
        ("https://router.huggingface.co/v1", "names no model", "give huggingface:OWNER/MODEL"),
        ("roboflow:https://serverless.roboflow.com", "must be like", ""),
        ("https://detect.roboflow.com/cats/1", "is that of a detector", "classification project"),
        (
            "https://universe.roboflow.com/me/cats/model/3",
            "is the page about a model",
            "give roboflow:cats/3",
        ),
        ("https://app.roboflow.com/me/cats", "is a page for people", "give roboflow:PROJECT"),
        ("torchserve:http://localhost:8080", "must be like", ""),
        (
            "torchserve:http://localhost:8081/models/tiny",
            "manages or explains a model",
            "http://localhost:8080/predictions/tiny",
        ),
        (
            "torchserve:http://localhost:8080/v2/models/tiny/infer",
            "Open Inference Protocol",
            "targets describe",
        ),
        ("https://eu-aiplatform.googleapis.com", "must be like", ""),
        (f"{VERTEX}/models/7:predict", "is a model's address", "endpoints/E"),
        (
            f"{VERTEX}/endpoints/7:rawPredict",
            "ends in another question than :predict",
            f"give {VERTEX}/endpoints/7",
        ),
    ],
)
def test_a_wrong_address_is_refused_with_the_right_one(spec: str, wrong: str, instead: str) -> None:
    with pytest.raises(TargetUnusable) as caught:
        open_target(spec)
    assert wrong in str(caught.value)
    assert instead in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("spec", "wrong", "instead"),
    [
        (
            f"azure-face:{HOST}/face/v1.0/mine",
            "must end before /face/",
            f"give azure-face:{HOST}/LIST",
        ),
        (
            f"azure-face:{HOST}/face/v1.2/largefacelists/mine",
            "must end before /face/",
            f"give azure-face:{HOST}/LIST",
        ),
        ("azure-face:http://gate/a/face/mine", "must end before", "give azure-face:http://gate/a/"),
        (f"azure-face:{HOST}/largefacelists/mine", "must end after the host", f"{HOST}/LIST"),
        (f"azure-face:{VISION}", "is an address of Azure Custom Vision", "azure-custom-vision:"),
        ("azure-face:http://localhost", "must be RESOURCE/LIST", ""),
        ("facepp:mine@https://api-us.faceplusplus.com", "must be like", ""),
        (
            "facepp:mine@https://api-cn.faceplusplus.com/facepp/v3/search",
            "ends in an operation",
            "give https://api-cn.faceplusplus.com/facepp/v3",
        ),
    ],
)
def test_a_wrong_address_of_a_gallery_is_refused_with_the_right_one(
    spec: str, wrong: str, instead: str
) -> None:
    with pytest.raises(TargetUnusable) as caught:
        open_face_search(spec)
    assert wrong in str(caught.value)
    assert instead in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("spec", "asked"),
    [
        (f"{VISION}/", f"{VISION}/nostore"),
        (f"{VISION}/nostore/", f"{VISION}/nostore"),
        (VISION.replace("prediction", "Prediction"), None),
        (VISION.replace(HOST, "azure-custom-vision:https://gate.example/azure"), None),
        (f"{CLARIFAI}/users/u/apps/a/models/m/versions/1/outputs", None),
        (f"{CLARIFAI}/models/m", f"{CLARIFAI}/models/m/outputs"),
        ("https://vision.googleapis.com/v1/images:annotate", None),
        ("google-vision:http://gate/google", "http://gate/google/v1/images:annotate"),
        ("https://my.eu.endpoints.huggingface.cloud", None),
        ("https://router.huggingface.co/hf-inference/models/google/vit", None),
        ("https://classify.roboflow.com/cats/1", None),
        ("torchserve:https://gate/a/predictions/tiny/2.0", None),
        (f"{VERTEX}/endpoints/7:predict", None),
        (
            "vertex:https://7.eu-1.prediction.vertexai.goog/v1/projects/1/locations/eu/endpoints/7",
            None,
        ),
    ],
)
def test_a_right_address_is_taken(spec: str, asked: str | None) -> None:
    target = open_target(spec)
    plain = spec[spec.index("https:" if "https:" in spec else "http:") :]
    assert isinstance(target, JsonTarget)
    shown = target._description.endpoint.shown
    assert shown.startswith(plain) if asked is None else shown == asked
    target.close()


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("", "must be like http://HOST/v2/models/MODEL"),
        ("/v1/models/tiny:predict", "is that of another protocol"),
        ("/v2/repository/models/tiny", "must be like"),
    ],
)
def test_a_wrong_address_of_a_tensor_server_is_refused(
    tmp_path: Path, path: str, wrong: str
) -> None:
    file = tmp_path / "server.toml"
    how = Preprocessing(SIZE, layout="nhwc", dtype="uint8")
    write_description(file, Description(LABELS, how, "probabilities"))
    file.write_text(f'url = "http://127.0.0.1:9{path}"\n{file.read_text("utf-8")}', "utf-8")
    with pytest.raises(TargetUnusable, match="server.toml") as caught:
        open_target(f"oip:{file}")
    assert wrong in str(caught.value)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://127.0.0.1:9/a b", "neither spaces nor letters beyond ASCII"),
        ("http://höst.example/", "neither spaces nor letters beyond ASCII"),
        ("http://127.0.0.1:99999/", "must be http"),
    ],
)
def test_an_address_that_no_request_can_go_to_is_refused(
    tmp_path: Path, url: str, wrong: str
) -> None:
    file = tmp_path / "endpoint.toml"
    file.write_text(
        f"""
        url = "{url}"
        [request]
        body = '{{"image": "{{{{image_base64}}}}"}}'
        [answer]
        form = "mapping"
        at = "@"
        """,
        encoding="utf-8",
    )
    with pytest.raises(TargetUnusable, match=wrong):
        open_target(f"http:{file}")


def test_a_name_with_a_space_is_asked_for() -> None:
    with FakeServer(ContentTarget(), get_wire_format("azure-custom-vision")) as server:
        plain = f"{server.url}{AZURE}".replace("/i/", "/Iteration%201/")
        target = open_target(f"azure-custom-vision:{plain}")
        target.ask(pictures(1))
        target.close()
    assert target.name == "Azure Custom Vision, Iteration 1"
    assert "/Iteration%201/" in server.requests[0].path
