"""One working target of each kind, for the suites that all kinds must pass.

A kind of your own: add a function to `CASES`. Where it asks a service it makes that with `serve`,
which takes what `FakeServer` takes, and where it needs a credential it reads a variable in
`VARIABLES` or one that its class names in `credentials`; the suites set them all to `SECRET`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from served_network import served
from tiny_network import LABELS, SIZE, pictures, write_network
from tiny_openvino import write_openvino
from tiny_program import write_weights
from tiny_tensorflow import write_keras, write_saved_model
from tiny_tflite import write_tflite
from tiny_transformer import write_encoder_folder, write_folder

from isotopes.faces import face_search_kinds
from isotopes.targets import target_kinds
from isotopes.targets.answer import picture_digest
from isotopes.targets.local.description import Description, write_description
from isotopes.targets.local.preprocess import Preprocessing
from isotopes.testing import FakeServer
from isotopes.testing.formats.embeddings import radius
from isotopes.testing.formats.plain_json import PlainJson
from isotopes.testing.formats.rekognition import ARN
from isotopes.testing.registry import get_wire_format

SECRET = "sk-very-secret-0123456789"
VARIABLES = (
    "TARGET_TOKEN",
    "TARGET_KEY",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "HF_TOKEN",
    "TORCHSERVE_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)

POOL = pictures(24)
SIZES = [(12, 16), (6, 8), (24, 8), (6, 8), (18, 32)]
ODD = [pictures(1, size, seed)[0] for seed, size in enumerate(SIZES)]

Serve = Callable[..., FakeServer]
Specs = Callable[[Path, int, ExitStack, Serve], str]  # folder, the network's seed, what to close


def onnx(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    return str(write_network(folder / f"model-{seed}.onnx", seed))


def litert(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    return str(write_tflite(folder / f"model-{seed}.tflite", seed))


def openvino(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    return str(write_openvino(folder / f"model-{seed}.xml", seed))


def tensorflow(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    return str(write_saved_model(folder / f"saved-{seed}", seed))


def keras(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    return str(write_keras(folder / f"model-{seed}.keras", seed))


def http(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    server = stack.enter_context(serve(served(seed), PlainJson()))
    path = folder / f"endpoint-{seed}.toml"
    path.write_text(
        f"""
        url = "{server.url}?key=${{TARGET_KEY}}"
        concurrency = 3
        [headers]
        Authorization = "Bearer ${{TARGET_TOKEN}}"
        [request]
        body = '{{"images": "{{{{items}}}}"}}'
        item = '"{{{{image_base64}}}}"'
        batch = 5
        [answer]
        each = "results"
        form = "objects"
        at = "@"
        label = "label"
        score = "score"
        """,
        encoding="utf-8",
    )
    return str(path)


def function(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    network = write_network(folder / f"called-{seed}.onnx", seed)
    (folder / f"called_{seed}.py").write_text(
        f"""
from pathlib import Path
from isotopes.targets.kinds.onnx import OnnxTarget

target = OnnxTarget(Path({str(network)!r}))

def classify(pictures):
    return target.ask(pictures).values

classify.labels = target.labels
""",
        encoding="utf-8",
    )
    stack.callback(sys.modules.pop, f"called_{seed}", None)
    return f"called_{seed}:classify"


def saved(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    model = served(seed)
    path = folder / f"answers-{seed}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for picture in POOL + ODD:
            (row,) = model.ask([picture]).values.tolist()
            scores = dict(zip(LABELS, row, strict=True))
            name = f"sha256:{picture_digest(picture).hex()}"
            file.write(json.dumps({"picture": name, "scores": scores}) + "\n")
    return f"saved:{path}"


def write_unit_anchors(folder: Path) -> None:
    """Anchors that `embedding_of` answers to."""
    np.save(folder / "anchors.npy", np.eye(len(LABELS), len(LABELS) + 1))


def http_encoder(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    server = stack.enter_context(serve(served(seed), get_wire_format("http-encoder")))
    write_unit_anchors(folder)
    path = folder / f"encoder-{seed}.toml"
    path.write_text(
        f"""
        url = "{server.url}v1/embeddings?key=${{TARGET_KEY}}"
        labels = {json.dumps(LABELS)}
        anchors = "anchors.npy"
        scale = {radius(len(LABELS))}
        concurrency = 3
        [headers]
        Authorization = "Bearer ${{TARGET_TOKEN}}"
        [request]
        body = '{{"input": "{{{{items}}}}"}}'
        item = '"{{{{image_base64}}}}"'
        batch = 5
        [answer]
        each = "data"
        at = "embedding"
        """,
        encoding="utf-8",
    )
    return f"http-encoder:{path}"


def service(kind: str, path: str = "", before: str = "") -> Specs:
    """A vendor's service at `path` of its fake; `before` stands before the address."""

    def make(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
        server = stack.enter_context(serve(served(seed), get_wire_format(kind)))
        return f"{kind}:{before}{server.url}{path}"

    return make


def open_inference(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    server = stack.enter_context(serve(served(seed), get_wire_format("oip")))
    path = folder / f"server-{seed}.toml"
    how = Preprocessing(SIZE, interpolation="area", layout="nhwc", dtype="uint8")
    write_description(path, Description(LABELS, how, "probabilities"))
    top = f"""
        url = "{server.url}v2/models/tiny"
        batch = 5
        concurrency = 3
    """
    headers = '[headers]\nAuthorization = "Bearer ${TARGET_TOKEN}"'
    path.write_text(top + path.read_text("utf-8") + headers, encoding="utf-8")
    return f"oip:{path}"


def pytorch(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    pytest.importorskip("torch")
    path = write_weights(folder / f"model-{seed}.safetensors", seed)
    return f"{path}?architecture=tiny_program:build"


def transformers(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    pytest.importorskip("transformers")
    return f"transformers:{write_folder(folder / f'folder-{seed}', seed)}"


def transformers_encoder(folder: Path, seed: int, stack: ExitStack, serve: Serve) -> str:
    pytest.importorskip("transformers")
    write_encoder_folder(folder / f"encoder-{seed}", seed)
    write_unit_anchors(folder)
    path = folder / f"encoder-folder-{seed}.toml"
    path.write_text(
        f"""
        model = "encoder-{seed}"
        labels = {json.dumps(LABELS)}
        anchors = "anchors.npy"
        scale = {radius(len(LABELS))}
        """,
        encoding="utf-8",
    )
    return f"transformers-encoder:{path}"


AZURE = "customvision/v3.1/prediction/p/classify/iterations/i/image"
CASES: dict[str, Specs] = {
    "keras": keras,
    "litert": litert,
    "onnx": onnx,
    "openvino": openvino,
    "tensorflow": tensorflow,
    "http": http,
    "http-encoder": http_encoder,
    "callable": function,
    "saved": saved,
    "azure-custom-vision": service("azure-custom-vision", AZURE),
    "clarifai": service("clarifai", "v2/users/u/apps/a/models/m"),
    "google-vision": service("google-vision"),
    "huggingface": service("huggingface", "models/tiny"),
    "oip": open_inference,
    "pytorch": pytorch,
    "rekognition": service("rekognition", before="us-east-1@"),
    "rekognition-custom": service("rekognition-custom", before=f"{ARN}@"),
    "roboflow": service("roboflow", "project/1"),
    "torchserve": service("torchserve", "predictions/tiny"),
    "transformers": transformers,
    "transformers-encoder": transformers_encoder,
    "vertex": service("vertex", "v1/projects/p/locations/r/endpoints/1"),
}

# Kinds whose answers tell the model's version.
VERSIONED = {"azure-custom-vision", "clarifai", "oip", "rekognition", "vertex"}


def set_credentials(patch: pytest.MonkeyPatch) -> None:
    """Set each variable that some kind takes a credential from."""
    kinds = (*target_kinds().values(), *face_search_kinds().values())
    named = [name for kind in kinds for name in kind.credentials]
    for name in (*VARIABLES, *named):
        if re.fullmatch(r"[A-Z][A-Z0-9_]+", name):
            patch.setenv(name, SECRET)
