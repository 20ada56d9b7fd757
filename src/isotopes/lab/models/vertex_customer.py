"""A customer of a training service: uploads pictures, waits, has the model deployed.

It speaks the REST interface of Google Vertex AI, v1, for AutoML on images.
"""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

from isotopes.errors import IsotopesError
from isotopes.lab.data.pictures import Pictures
from isotopes.targets.http.encoding import Encoding, encode

PARENT = "projects/lab/locations/us-central1"
BUCKET = "lab-pictures"
_SCHEMAS = "gs://google-cloud-aiplatform/schema"
_POLL = 0.05, 2.0  # seconds between polls, at first and at most
_Json = Mapping[str, Any]


class VertexCustomer:
    """Talks to one service over one connection; made by `vertex_customer`."""

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection

    def train(self, pictures: Pictures) -> str:
        """Have a classifier of these pictures trained; returns the model's resource name.

        They are uploaded as PNG files, one by one, and then their list.

        Raises:
            IsotopesError: the service refused, or its training failed.
        """
        dataset = self._import(self._upload(pictures))
        pipeline = self._call(
            "POST",
            f"v1/{PARENT}/trainingPipelines",
            {
                "displayName": "lab",
                "inputDataConfig": {"datasetId": dataset.rpartition("/")[2]},
                "trainingTaskDefinition": f"{_SCHEMAS}/trainingjob/definition/"
                "automl_image_classification_1.0.0.yaml",
                "trainingTaskInputs": {"multiLabel": False, "modelType": "CLOUD"},
                "modelToUpload": {"displayName": "lab"},
            },
        )
        for _ in _patience():
            pipeline = self._call("GET", f"v1/{pipeline['name']}")
            if pipeline["state"] == "PIPELINE_STATE_FAILED":
                raise IsotopesError(
                    f"the service's training failed: {pipeline['error']['message']}"
                )
            if pipeline["state"] == "PIPELINE_STATE_SUCCEEDED":
                break
        return str(pipeline["modelToUpload"]["name"])

    def deploy(self, model: str) -> str:
        """Have a model served; returns the endpoint's path below the service's address.

        Raises:
            IsotopesError: the service refused.
        """
        made = self._finish(f"v1/{PARENT}/endpoints", {"displayName": "lab"})
        path = f"v1/{made['name']}"
        self._finish(
            f"{path}:deployModel", {"deployedModel": {"model": model, "displayName": "lab"}}
        )
        return path

    def _upload(self, pictures: Pictures) -> str:
        """Put all files into the bucket; returns the uri of their list."""
        listed = io.StringIO()
        lines = csv.writer(listed)
        for number, (picture, label) in enumerate(
            zip(pictures.pixels, pictures.labels, strict=True)
        ):
            uri = self._put(f"{number:06}.png", encode(picture, Encoding()))
            lines.writerow([uri, pictures.names[label]])
        return self._put("import.csv", listed.getvalue().encode())

    def _put(self, name: str, content: bytes) -> str:
        path = f"upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={quote(name, safe='')}"
        self._send("POST", path, content)
        return f"gs://{BUCKET}/{name}"

    def _import(self, listed: str) -> str:
        """Make a data set of what is listed; returns its resource name."""
        made = self._finish(
            f"v1/{PARENT}/datasets",
            {
                "displayName": "lab",
                "metadataSchemaUri": f"{_SCHEMAS}/dataset/metadata/image_1.0.0.yaml",
            },
        )
        source = {
            "gcsSource": {"uris": [listed]},
            "importSchemaUri": f"{_SCHEMAS}/dataset/ioformat/"
            "image_classification_single_label_io_format_1.0.0.yaml",
        }
        self._finish(f"v1/{made['name']}:import", {"importConfigs": [source]})
        return str(made["name"])

    def _finish(self, path: str, question: _Json) -> _Json:
        """The response of a long-running operation, once it is done."""
        operation = self._call("POST", path, question)
        for _ in _patience():
            if operation.get("done"):
                break
            operation = self._call("GET", f"v1/{operation['name']}")
        response: _Json = operation["response"]
        return response

    def _call(self, method: str, path: str, question: _Json | None = None) -> _Json:
        body = b"" if question is None else json.dumps(question).encode()
        answer: _Json = json.loads(self._send(method, path, body))
        return answer

    def _send(self, method: str, path: str, body: bytes) -> bytes:
        self._connection.request(method, f"/{path}", body)
        response = self._connection.getresponse()
        said = response.read()
        if response.status // 100 != 2:
            raise IsotopesError(
                f"the service refused {method} {path.partition('?')[0]}: {said.decode()[:200]}"
            )
        return said


@contextmanager
def vertex_customer(url: str) -> Iterator[VertexCustomer]:
    """A customer of the service at this address, while the block lasts."""
    connection = HTTPConnection(urlsplit(url).netloc)
    try:
        yield VertexCustomer(connection)
    finally:
        connection.close()


def _patience() -> Iterator[None]:
    """For ever, each time after a longer pause."""
    pause, longest = _POLL
    while True:
        yield
        time.sleep(pause)
        pause = min(1.5 * pause, longest)
