"""A project of Google Vertex AI on this machine: it takes pictures, trains a classifier, serves it.

The part of the REST interface, v1, that a customer of AutoML for images needs, as documented on
2026-11-27: objects of Cloud Storage; datasets and their import; training pipelines; endpoints,
deployment and `:predict`. As at Google, anything that takes hours there is an operation or a
pipeline that the client polls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import copy_context
from itertools import count
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from isotopes.targets.target import Picture, Target
from isotopes.testing.faults import Fault, Reply
from isotopes.testing.formats.google import google_error
from isotopes.testing.formats.vertex import VertexFormat
from isotopes.testing.server import HttpFake
from isotopes.testing.vertex_data import Labelled, read_import
from isotopes.testing.wire import Request

Trainer = Callable[[Sequence[Picture], Sequence[str]], Target]  # pictures and their labels
Json = Mapping[str, Any]
TASK = "automl_image_classification_1.0.0.yaml"
_TYPES = "type.googleapis.com/google.cloud.aiplatform.v1."
_PARENT = r"(?P<parent>projects/[\w-]+/locations/[\w-]+)"


class _NoSuchThing(Exception):  # noqa: N818 - reads as a sentence where it is caught
    """404."""


class VertexProject(HttpFake):
    """Every path under ``projects/P/locations/R`` is its own; it is empty at first."""

    content_type = "application/json"

    def __init__(
        self,
        trainer: Trainer,
        faults: Iterable[Fault | None] = (),
        *,
        delay: float = 0,
        port: int = 0,
    ) -> None:
        """Set up a project.

        Args:
            trainer: makes a model of imported pictures, in a thread of its own; if it raises,
                the pipeline fails.
            faults, delay, port: as `HttpFake`.
        """
        super().__init__(faults, delay=delay, port=port)
        self._trainer = trainer
        self._context = copy_context()
        self._numbers = count(1)
        self._objects: dict[tuple[str, str], bytes] = {}
        self._datasets: dict[str, Labelled] = {}
        self._pipelines: dict[str, dict[str, Any]] = {}
        self._models: dict[str, Target] = {}
        self._endpoints: dict[str, tuple[str, str]] = {}  # model, and its id as it is deployed
        self._operations: dict[str, Json] = {}

    def add_model(self, parent: str, model: Target) -> str:
        """Take a model that was trained before into the registry; returns its resource name."""
        name = self._new(parent, "models")
        self._models[name] = model
        return name

    def answer(self, request: Request) -> Reply:
        path = urlsplit(request.path).path.lstrip("/")
        for method, form, handle in _ROUTES:
            found = re.fullmatch(form, path)
            if found and method == request.method:
                try:
                    return Reply(json.dumps(handle(self, request, **found.groupdict())).encode())
                except _NoSuchThing:
                    return Reply(google_error(404, f"{path} was not found"), 404)
                except (ValueError, KeyError, TypeError) as error:
                    return Reply(google_error(400, f"the request can't be used: {error}"), 400)
        return Reply(google_error(404, f"{path} was not found"), 404)

    def restate(self, reply: Reply) -> Reply:
        return reply

    def _upload(self, request: Request, bucket: str) -> Json:
        (name,) = parse_qs(urlsplit(request.path).query)["name"]
        self._objects[bucket, name] = request.body
        size = str(len(request.body))
        return {"kind": "storage#object", "bucket": bucket, "name": name, "size": size}

    def _create_dataset(self, request: Request, parent: str) -> Json:
        name = self._new(parent, "datasets")
        self._datasets[name] = []
        return self._operation(parent, "Dataset", {**json.loads(request.body), "name": name})

    def _import(self, request: Request, parent: str, number: str) -> Json:
        dataset = _known(self._datasets, f"{parent}/datasets/{number}")
        configs = json.loads(request.body)["importConfigs"]
        uris = [uri for config in configs for uri in config["gcsSource"]["uris"]]
        dataset.extend(read_import(self._objects, uris))
        return self._operation(parent, "ImportDataResponse", {})

    def _create_pipeline(self, request: Request, parent: str) -> Json:
        wanted = json.loads(request.body)
        if not wanted["trainingTaskDefinition"].endswith(TASK):
            raise ValueError(f"trainingTaskDefinition must end in {TASK}")
        dataset = _known(
            self._datasets, f"{parent}/datasets/{wanted['inputDataConfig']['datasetId']}"
        )
        name = self._new(parent, "trainingPipelines")
        pipeline = {**wanted, "name": name, "state": "PIPELINE_STATE_PENDING"}
        self._pipelines[name] = pipeline
        Thread(
            target=self._context.copy().run,
            args=(self._train, pipeline, parent, list(dataset)),
            daemon=True,
        ).start()
        return dict(pipeline)

    def _train(self, pipeline: dict[str, Any], parent: str, dataset: Labelled) -> None:
        pipeline["state"] = "PIPELINE_STATE_RUNNING"
        try:
            model = self._trainer([one for one, _ in dataset], [label for _, label in dataset])
        except Exception as error:  # noqa: BLE001 - the client that polls must hear of it
            pipeline["error"] = {"code": 13, "message": str(error)}
            pipeline["state"] = "PIPELINE_STATE_FAILED"
            return
        name = self.add_model(parent, model)
        pipeline["modelToUpload"] = {**pipeline.get("modelToUpload", {}), "name": name}
        pipeline["state"] = "PIPELINE_STATE_SUCCEEDED"

    def _pipeline(self, request: Request, name: str) -> Json:
        return dict(_known(self._pipelines, name))

    def _create_endpoint(self, request: Request, parent: str) -> Json:
        name = self._new(parent, "endpoints")
        self._endpoints[name] = ("", "")
        return self._operation(parent, "Endpoint", {**json.loads(request.body), "name": name})

    def _deploy(self, request: Request, parent: str, number: str) -> Json:
        endpoint = f"{parent}/endpoints/{number}"
        _known(self._endpoints, endpoint)
        wanted = json.loads(request.body)["deployedModel"]
        _known(self._models, wanted["model"])
        deployed = {**wanted, "id": str(next(self._numbers))}
        self._endpoints[endpoint] = wanted["model"], deployed["id"]
        return self._operation(parent, "DeployModelResponse", {"deployedModel": deployed})

    def _predict(self, request: Request, parent: str, number: str) -> Json:
        name, deployed = _known(self._endpoints, f"{parent}/endpoints/{number}")
        if not name:
            raise ValueError("no model is deployed there")
        wire = VertexFormat()
        scores = self._models[name].ask(wire.read(request))
        answer: dict[str, Any] = json.loads(wire.write(scores, request))
        return {**answer, "deployedModelId": deployed, "model": name}

    def _operation_now(self, request: Request, name: str) -> Json:
        operation: Json = _known(self._operations, name)
        return operation

    def _operation(self, parent: str, kind: str, response: Json) -> Json:
        """The operation as it begins; when it is asked for again, it is done."""
        name = self._new(parent, "operations")
        typed = {"@type": f"{_TYPES}{kind}", **response}
        self._operations[name] = {"name": name, "done": True, "response": typed}
        return {"name": name}

    def _new(self, parent: str, collection: str) -> str:
        return f"{parent}/{collection}/{next(self._numbers)}"


def _known(collection: Mapping[str, Any], name: str) -> Any:
    if name not in collection:
        raise _NoSuchThing
    return collection[name]


_ROUTES: tuple[tuple[str, str, Callable[..., Json]], ...] = (
    ("POST", r"upload/storage/v1/b/(?P<bucket>[\w.-]+)/o", VertexProject._upload),
    ("POST", rf"v1/{_PARENT}/datasets", VertexProject._create_dataset),
    ("POST", rf"v1/{_PARENT}/datasets/(?P<number>\w+):import", VertexProject._import),
    ("POST", rf"v1/{_PARENT}/trainingPipelines", VertexProject._create_pipeline),
    ("GET", r"v1/(?P<name>projects/.+/trainingPipelines/\w+)", VertexProject._pipeline),
    # Google's own client asks the second way.
    ("GET", r"(?:v1|ui)/(?P<name>projects/.+/operations/\w+)", VertexProject._operation_now),
    ("POST", rf"v1/{_PARENT}/endpoints", VertexProject._create_endpoint),
    ("POST", rf"v1/{_PARENT}/endpoints/(?P<number>\w+):deployModel", VertexProject._deploy),
    ("POST", rf"v1/{_PARENT}/endpoints/(?P<number>\w+):predict", VertexProject._predict),
)
