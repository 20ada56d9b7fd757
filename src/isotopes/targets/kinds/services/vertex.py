"""An AutoML image classifier behind an endpoint of Google Vertex AI (REST, `:predict`)."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from isotopes.targets.http.description import AnswerRules, HttpDescription
from isotopes.targets.http.encoding import lossless_within
from isotopes.targets.http.google import CREDENTIALS, google_access
from isotopes.targets.http.json_answer import Arrays, JsonPath
from isotopes.targets.http.json_target import JsonTarget
from isotopes.targets.http.service import AddressForm, Mistake, find_address, make_endpoint
from isotopes.targets.http.template import Template
from isotopes.targets.rate import RateLimit
from isotopes.targets.scores import Completeness
from isotopes.targets.target import OpenableTarget

_RESOURCE = re.compile(r"(?P<path>projects/[\w.:-]+/locations/(?P<region>[\w-]+)/endpoints/[\w-]+)")
_ADDRESS = "https://{region}-aiplatform.googleapis.com/v1/{path}"
_WHOLE = AddressForm(
    re.compile(r"(/.*)?/v\w+/projects/[^/]+/locations/[^/]+/endpoints/[^/:]+"),
    example="https://REGION-aiplatform.googleapis.com/v1/projects/P/locations/REGION/endpoints/E",
    added=":predict",
    mistakes=(
        Mistake(
            re.compile(r"/locations/[^/]+/models/"),
            "is a model's address, and Vertex AI asks the endpoint that a model is deployed to",
            "give projects/P/locations/REGION/endpoints/E",
        ),
        Mistake(
            re.compile(r"//(.*/endpoints/[^/:]+):\w+$"),
            "ends in another question than :predict",
            r"give https://\1",
        ),
    ),
)
_MOST = 5000  # labels; the service's own default is 10
_BODY = (
    '{"instances": [{"content": "{{image_base64}}"}],'
    f' "parameters": {{"confidenceThreshold": 0.0, "maxPredictions": {_MOST}}}}}'
)
_FILE = 1_100_000  # bytes: a request may have 1.5 MB, and base64 makes 4 of 3


class VertexTarget(JsonTarget, OpenableTarget):
    """A Vertex AI endpoint. One picture a request, because answers don't name their picture."""

    # Limits as documented on 2026-11-23. Google charges by the hour, not by the question.
    kind: ClassVar[str] = "vertex"
    summary: ClassVar[str] = (
        "projects/P/locations/REGION/endpoints/E, an AutoML classifier on Google Vertex AI"
    )
    hosts: ClassVar[tuple[str, ...]] = ("-aiplatform.googleapis.com",)
    completeness: ClassVar[Completeness | None] = Completeness.TOP_K
    limits: ClassVar[str] = "1 picture a request, sent as PNG of at most 593 pixels a side; 1.5 MB"
    credentials: ClassVar[tuple[str, ...]] = CREDENTIALS
    rate_limits = (RateLimit(30_000, seconds=60, burst=8),)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The endpoint with this resource name, or this address."""
        address = find_address(
            spec, _RESOURCE, _ADDRESS, "projects/P/locations/REGION/endpoints/E", _WHOLE
        )
        return cls(
            HttpDescription(
                name=f"Vertex AI endpoint {address.rpartition('/')[2]}",
                endpoint=make_endpoint(f"{address}:predict", *google_access()),
                template=Template(_BODY),
                answer=AnswerRules(
                    form=Arrays(
                        JsonPath("predictions[0].confidences"),
                        JsonPath("predictions[0].displayNames"),
                    ),
                    completeness=Completeness.TOP_K,
                    limit=_MOST,
                    version=JsonPath("deployedModelId"),
                ),
                encoding=lossless_within(_FILE),
                rate_limits=cls.rate_limits,
            )
        )
