"""A model on Clarifai that answers with concepts (REST, v2)."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from isotopes.targets.http.description import AnswerRules, HttpDescription
from isotopes.targets.http.encoding import lossless_within
from isotopes.targets.http.json_answer import JsonPath, Objects
from isotopes.targets.http.json_target import JsonTarget
from isotopes.targets.http.service import AddressForm, Mistake, find_address, make_endpoint
from isotopes.targets.http.template import Template
from isotopes.targets.scores import Completeness
from isotopes.targets.target import OpenableTarget

TOKEN = "CLARIFAI_PAT"
_PARTS = re.compile(r"(?P<user>[\w-]+)/(?P<app>[\w-]+)/(?P<model>[\w.-]+(/versions/[\w-]+)?)")
_ADDRESS = "https://api.clarifai.com/v2/users/{user}/apps/{app}/models/{model}"
_WHOLE = AddressForm(
    re.compile(r"(/.*)?/v2(/users/[^/]+/apps/[^/]+)?/models/[^/]+(/versions/[^/]+)?"),
    example="https://api.clarifai.com/v2/users/USER/apps/APP/models/MODEL",
    added="/outputs",
    mistakes=(
        Mistake(
            re.compile(r"//(?:www\.)?clarifai\.com/([\w-]+)/([\w-]+)/models/([\w.-]+)"),
            "is the page about a model, not the address where it is asked",
            r"give clarifai:\1/\2/\3",
        ),
    ),
)
_MOST = 200  # concepts; the service's own default is 20
_BODY = (
    '{"inputs": [{"data": {"image": {"base64": "{{image_base64}}"}}}],'
    ' "model": {"output_info": {"output_config": '
    f'{{"max_concepts": {_MOST}, "min_value": 0}}}}}}}}'
)
_FILE = 14_000_000  # bytes: a picture may have 20 MB, and base64 makes 4 of 3


class ClarifaiTarget(JsonTarget, OpenableTarget):
    """A visual classifier. One picture a request: up to 128 would cost the same."""

    # Limits as documented on 2026-11-23.
    kind: ClassVar[str] = "clarifai"
    summary: ClassVar[str] = "USER/APP/MODEL or USER/APP/MODEL/versions/VERSION, on Clarifai"
    hosts: ClassVar[tuple[str, ...]] = ("api.clarifai.com",)
    completeness: ClassVar[Completeness | None] = Completeness.TOP_K
    limits: ClassVar[str] = "1 picture a request, sent as PNG of at most 2116 pixels a side; 20 MB"
    credentials: ClassVar[tuple[str, ...]] = (TOKEN,)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The model with this name, or at this address."""
        address = find_address(spec, _PARTS, _ADDRESS, "USER/APP/MODEL", _WHOLE)
        return cls(
            HttpDescription(
                name=f"Clarifai, {address.partition('/models/')[2] or address}",
                endpoint=make_endpoint(
                    f"{address}/outputs", {"Authorization": f"Key ${{{TOKEN}}}"}
                ),
                template=Template(_BODY),
                answer=AnswerRules(
                    form=Objects(
                        JsonPath("outputs[0].data.concepts"), JsonPath("name"), JsonPath("value")
                    ),
                    completeness=Completeness.TOP_K,
                    limit=_MOST,
                    version=JsonPath("outputs[0].model.model_version.id"),
                    # Each output says for itself whether it worked; 10000 means it did.
                    problem=JsonPath("outputs[?status.code != `10000`] | [0].status.description"),
                ),
                encoding=lossless_within(_FILE),
            )
        )
