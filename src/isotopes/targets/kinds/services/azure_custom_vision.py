"""A classifier made with Azure Custom Vision (REST, prediction API v3.1).

Sources: learn.microsoft.com/rest/api/customvision/predictions, and of
learn.microsoft.com/azure/ai-services/custom-vision-service the pages limits-and-quotas and
use-prediction-api, as they were on 2026-11-28. Microsoft retires the service on 2028-09-25.
"""

from __future__ import annotations

import re
from typing import ClassVar, Self
from urllib.parse import unquote

from isotopes.targets.http.description import AnswerRules, HttpDescription
from isotopes.targets.http.encoding import lossless_within
from isotopes.targets.http.json_answer import JsonPath, Objects
from isotopes.targets.http.json_target import JsonTarget
from isotopes.targets.http.service import AddressForm, Mistake, find_address, make_endpoint
from isotopes.targets.http.template import WholeBody
from isotopes.targets.rate import RateLimit
from isotopes.targets.target import OpenableTarget

KEY = "VISION_PREDICTION_KEY"  # its name in the vendor's own examples
_PARTS = re.compile(r"(?P<resource>[\w-]+)/(?P<project>[\w-]+)/(?P<iteration>[\w .-]+)")
_ADDRESS = (
    "https://{resource}.cognitiveservices.azure.com"
    "/customvision/v3.1/prediction/{project}/classify/iterations/{iteration}/image"
)
_WHOLE = AddressForm(
    re.compile(
        r"(/.*)?/customvision/v[\d.]+/prediction/[^/]+/classify/iterations/[^/]+/image",
        re.IGNORECASE,
    ),
    example="https://HOST/customvision/v3.1/prediction/PROJECT/classify/iterations/ITERATION/image,"
    " as Custom Vision shows it for image files",
    added="/nostore",
    mistakes=(
        Mistake(
            re.compile(r"/face/v", re.IGNORECASE),
            "is an address of Azure Face, not of Custom Vision",
            "search faces with: isotopes faces check NAME --engine azure-face:RESOURCE/LIST",
        ),
        Mistake(
            re.compile(r"/detect/", re.IGNORECASE),
            "is that of an object detector, and a check needs a classifier",
            "give the address of a classification project, which holds /classify/",
        ),
        Mistake(
            re.compile(r"(.*)/url", re.IGNORECASE),
            "takes the address of a picture, and a check sends the picture itself",
            r"give the address for image files: \1/image",
        ),
    ),
)
_FILE = 4_000_000  # bytes


class AzureCustomVisionTarget(JsonTarget, OpenableTarget):
    """A published iteration, asked not to store the pictures: it could train on them."""

    # Of tier S0, for predictions that are not stored: the free tier allows 2 a second. The price is
    # of 2026-11-23.
    kind: ClassVar[str] = "azure-custom-vision"
    summary: ClassVar[str] = (
        "RESOURCE/PROJECT/ITERATION, or the prediction address that Custom Vision shows"
    )
    hosts: ClassVar[tuple[str, ...]] = (".cognitiveservices.azure.com",)
    limits: ClassVar[str] = "1 picture a request, sent as PNG of at most 1131 pixels a side; 4 MB"
    credentials: ClassVar[tuple[str, ...]] = (KEY,)
    price = 0.002
    rate_limits = (RateLimit(20),)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The iteration with this name, or this address."""
        address = find_address(spec, _PARTS, _ADDRESS, "RESOURCE/PROJECT/ITERATION", _WHOLE)
        headers = {"Prediction-Key": f"${{{KEY}}}", "Content-Type": "application/octet-stream"}
        return cls(
            HttpDescription(
                name=f"Azure Custom Vision, {unquote(address.split('/')[-2])}",
                endpoint=make_endpoint(f"{address}/nostore", headers),
                template=WholeBody(),
                answer=AnswerRules(
                    form=Objects(
                        JsonPath("predictions"), JsonPath("tagName"), JsonPath("probability")
                    ),
                    version=JsonPath("iteration"),
                ),
                encoding=lossless_within(_FILE),
                price=cls.price,
                rate_limits=cls.rate_limits,
            )
        )
