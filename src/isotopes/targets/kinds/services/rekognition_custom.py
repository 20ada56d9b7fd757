"""A classifier made with Amazon Rekognition Custom Labels: DetectCustomLabels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from isotopes.errors import TargetUnusable
from isotopes.targets.aws.rekognition_labels import LabelsTarget
from isotopes.targets.aws.signing import CREDENTIALS
from isotopes.targets.http.encoding import Encoding, lossless_within
from isotopes.targets.rate import RateLimit
from isotopes.targets.target import OpenableTarget

_ARN = re.compile(r"arn:aws[\w-]*:rekognition:(?P<region>[\w-]+):\d{12}:project/.+/version/.+")


class RekognitionCustomTarget(LabelsTarget, OpenableTarget):
    """A version of a person's own model, which must be running. It shows all its labels."""

    # Limits as documented on 2026-11-23. Amazon charges by the hour, not by the question.
    kind: ClassVar[str] = "rekognition-custom"
    summary: ClassVar[str] = "ARN of a model version of Amazon Rekognition Custom Labels"
    limits: ClassVar[str] = "1 picture a request, sent as PNG of 64 to 1131 pixels a side; 4 MB"
    credentials: ClassVar[tuple[str, ...]] = CREDENTIALS
    rate_limits = (RateLimit(5),)
    operation: ClassVar[str] = "DetectCustomLabels"
    answers: ClassVar[str] = "CustomLabels"
    encoding: ClassVar[Encoding] = lossless_within(4_000_000, shortest_side=64)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The version with this ARN."""
        return cls(spec)

    @staticmethod
    def question(spec: str) -> tuple[str | None, Mapping[str, Any]]:
        match = _ARN.fullmatch(spec)
        if match is None:
            raise TargetUnusable(
                f"{spec!r} must be the ARN of a model version",
                hint="arn:aws:rekognition:REGION:ACCOUNT:project/NAME/version/NAME/NUMBER",
            )
        return match["region"], {"ProjectVersionArn": spec, "MinConfidence": 0}
