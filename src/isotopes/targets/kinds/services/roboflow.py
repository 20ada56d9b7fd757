"""A classifier hosted by Roboflow (REST)."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from isotopes.targets.http.description import AnswerRules, HttpDescription
from isotopes.targets.http.encoding import lossless_within
from isotopes.targets.http.json_answer import Arrays, JsonPath
from isotopes.targets.http.json_target import JsonTarget
from isotopes.targets.http.service import AddressForm, Mistake, find_address, make_endpoint
from isotopes.targets.http.template import WholeBody
from isotopes.targets.scores import Completeness
from isotopes.targets.target import OpenableTarget

KEY = "ROBOFLOW_API_KEY"
_MODEL = re.compile(r"(?P<model>[\w-]+/\d+)")
_ADDRESS = "https://serverless.roboflow.com/{model}"
_WHOLE = AddressForm(
    re.compile(r"(/.*)?/[^/]+/[^/]+"),
    example="https://serverless.roboflow.com/PROJECT/VERSION",
    mistakes=(
        Mistake(
            re.compile(r"//(?:detect|outline|segment)\.roboflow\.com"),
            "is that of a detector or of segmentation, and a check needs a classifier",
            "give the PROJECT/VERSION of a classification project",
        ),
        Mistake(
            re.compile(
                r"//(?:app|universe)\.roboflow\.com/[\w-]+/([\w-]+)(?:/(?:models?|dataset))?/(\d+)$"
            ),
            "is the page about a model, not the address where it is asked",
            r"give roboflow:\1/\2",
        ),
        Mistake(
            re.compile(r"//(?:(?:www|app|universe)\.)?roboflow\.com"),
            "is a page for people, not the address where a model is asked",
            "give roboflow:PROJECT/VERSION",
        ),
    ),
)
_FILE = 14_000_000  # bytes: a request may have 20 MB, and base64 makes 4 of 3


class RoboflowTarget(JsonTarget, OpenableTarget):
    """A version of a project, for one label a picture or for several."""

    # Limits as documented on 2026-11-23.
    kind: ClassVar[str] = "roboflow"
    summary: ClassVar[str] = "PROJECT/VERSION, a classifier hosted by Roboflow"
    hosts: ClassVar[tuple[str, ...]] = (".roboflow.com",)
    completeness: ClassVar[Completeness | None] = Completeness.THRESHOLD
    limits: ClassVar[str] = "1 picture a request, sent as PNG of at most 2116 pixels a side; 20 MB"
    credentials: ClassVar[tuple[str, ...]] = (KEY,)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The version with this name, or at this address."""
        address = find_address(spec, _MODEL, _ADDRESS, "PROJECT/VERSION", _WHOLE)
        headers = {
            "Authorization": f"Bearer ${{{KEY}}}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return cls(
            HttpDescription(
                name=f"Roboflow, {'/'.join(address.split('/')[-2:])}",
                endpoint=make_endpoint(f"{address}?confidence=0", headers),
                template=WholeBody(base64=True),
                answer=AnswerRules(
                    # A list of classes; a mapping from each, if a picture may have several.
                    form=Arrays(
                        JsonPath("predictions[].confidence || values(predictions)[].confidence"),
                        JsonPath("predictions[].class || keys(predictions)"),
                    ),
                    completeness=Completeness.THRESHOLD,
                    limit=0.0,
                ),
                encoding=lossless_within(_FILE),
            )
        )
