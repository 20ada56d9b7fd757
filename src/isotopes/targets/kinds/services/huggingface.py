"""Image classification on Hugging Face: an inference endpoint, or a model of the hub (REST)."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from isotopes.targets.http.description import AnswerRules, HttpDescription
from isotopes.targets.http.encoding import lossless_within
from isotopes.targets.http.json_answer import JsonPath, Objects
from isotopes.targets.http.json_target import JsonTarget
from isotopes.targets.http.service import (
    AddressForm,
    Mistake,
    bearer_if_set,
    find_address,
    make_endpoint,
)
from isotopes.targets.http.template import Template
from isotopes.targets.scores import Completeness
from isotopes.targets.target import OpenableTarget

TOKEN = "HF_TOKEN"
_MODEL = re.compile(r"(?P<model>[\w.-]+/[\w.-]+)")
_ADDRESS = "https://router.huggingface.co/hf-inference/models/{model}"
_WHOLE = AddressForm(
    re.compile(r".*"),  # an inference endpoint may have any
    example="https://NAME.endpoints.huggingface.cloud",
    mistakes=(
        Mistake(
            re.compile(r"//(?:www\.)?huggingface\.co/(?:models/)?([\w.-]+/[\w.-]+)"),
            "is the page about a model, not the address where it is asked",
            r"give huggingface:\1",
        ),
        Mistake(
            re.compile(r"//router\.huggingface\.co(?!/[\w-]+/models/[^/]+/[^/]+$)"),
            "names no model",
            "give huggingface:OWNER/MODEL",
        ),
    ),
)
_MOST = 100_000  # labels; the service's own default is 5, and too high a number does no harm
# The service applies what the model's configuration says: a sigmoid for each label of a multi-label
# model, a softmax otherwise. Asked for a softmax, it would turn independent scores into shares.
_BODY = f'{{"inputs": "{{{{image_base64}}}}", "parameters": {{"top_k": {_MOST}}}}}'
_FILE = 4_000_000  # bytes; no limit is documented, and models see a few hundred pixels a side


class HuggingFaceTarget(JsonTarget, OpenableTarget):
    """A model that Hugging Face runs."""

    kind: ClassVar[str] = "huggingface"
    summary: ClassVar[str] = "OWNER/MODEL, or the address of an inference endpoint"
    hosts: ClassVar[tuple[str, ...]] = ("router.huggingface.co", ".endpoints.huggingface.cloud")
    completeness: ClassVar[Completeness | None] = Completeness.TOP_K
    limits: ClassVar[str] = "1 picture a request, sent as PNG of at most 1131 pixels a side"
    credentials: ClassVar[tuple[str, ...]] = (f"{TOKEN}, where it wants one",)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The model with this name, or the endpoint at this address."""
        address = find_address(spec, _MODEL, _ADDRESS, "OWNER/MODEL", _WHOLE)
        return cls(
            HttpDescription(
                name=f"Hugging Face, {address.partition('/models/')[2] or address}",
                endpoint=make_endpoint(address, bearer_if_set(TOKEN)),
                template=Template(_BODY),
                answer=AnswerRules(
                    form=Objects(JsonPath("@"), JsonPath("label"), JsonPath("score")),
                    completeness=Completeness.TOP_K,
                    limit=_MOST,
                ),
                encoding=lossless_within(_FILE),
            )
        )
