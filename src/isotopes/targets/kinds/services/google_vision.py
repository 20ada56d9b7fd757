"""Label detection of Google Cloud Vision (REST, `images:annotate`)."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from isotopes.targets.http.description import AnswerRules, HttpDescription
from isotopes.targets.http.encoding import lossless_within
from isotopes.targets.http.google import CREDENTIALS, google_access
from isotopes.targets.http.json_answer import JsonPath, Objects
from isotopes.targets.http.json_target import JsonTarget
from isotopes.targets.http.service import AddressForm, find_address, make_endpoint
from isotopes.targets.http.template import Template
from isotopes.targets.rate import RateLimit
from isotopes.targets.scores import Completeness
from isotopes.targets.target import OpenableTarget

_ADDRESS = "https://vision.googleapis.com"
_WHOLE = AddressForm(
    re.compile(r"(/(?!v\d)[^/:]+)*"),  # a gateway may have a path of its own before ours
    example=f"{_ADDRESS}/v1/images:annotate",
    added="/v1/images:annotate",
)
_MOST = 1000  # labels; the service's own default is 10
_BODY = (
    '{"requests": [{"image": {"content": "{{image_base64}}"},'
    f' "features": [{{"type": "LABEL_DETECTION", "maxResults": {_MOST}}}]}}]}}'
)
_FILE = 7_000_000  # bytes: a request may have 10 MB, and base64 makes 4 of 3


class GoogleVisionTarget(JsonTarget, OpenableTarget):
    """Google's own labels. One picture a request, because answers don't name their picture."""

    # Price (after the first 1,000 a month) and limits as documented on 2026-11-23.
    kind: ClassVar[str] = "google-vision"
    summary: ClassVar[str] = "default, the label detection of Google Cloud Vision"
    hosts: ClassVar[tuple[str, ...]] = ("vision.googleapis.com",)
    completeness: ClassVar[Completeness | None] = Completeness.TOP_K
    limits: ClassVar[str] = "1 picture a request, sent as PNG of at most 1496 pixels a side; 10 MB"
    credentials: ClassVar[tuple[str, ...]] = CREDENTIALS
    price = 0.0015
    rate_limits = (RateLimit(1800, seconds=60, burst=8),)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """Google's service for ``default``; otherwise another server with the same interface."""
        address = find_address(spec, re.compile("default"), _ADDRESS, "'default'", _WHOLE)
        return cls(
            HttpDescription(
                name="Google Cloud Vision",
                endpoint=make_endpoint(f"{address}/v1/images:annotate", *google_access()),
                template=Template(_BODY),
                answer=AnswerRules(
                    # A picture without labels has no labelAnnotations at all.
                    form=Objects(
                        JsonPath("responses[0].{shown: labelAnnotations || `[]`}.shown"),
                        JsonPath("description"),
                        JsonPath("score"),
                    ),
                    completeness=Completeness.TOP_K,
                    limit=_MOST,
                    problem=JsonPath("responses[0].error.message"),
                ),
                encoding=lossless_within(_FILE),
                price=cls.price,
                rate_limits=cls.rate_limits,
            )
        )
