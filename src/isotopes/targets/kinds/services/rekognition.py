"""Amazon Rekognition's own labels: DetectLabels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from isotopes.targets.aws.rekognition_labels import LabelsTarget
from isotopes.targets.aws.signing import CREDENTIALS
from isotopes.targets.http.encoding import Encoding, lossless_within
from isotopes.targets.rate import RateLimit
from isotopes.targets.scores import Completeness
from isotopes.targets.target import OpenableTarget


class RekognitionTarget(LabelsTarget, OpenableTarget):
    """Labels that Amazon chose, each with its own confidence."""

    # Price (the first million a month), rate (most regions) and limits as documented on 2026-11-23.
    kind: ClassVar[str] = "rekognition"
    summary: ClassVar[str] = "REGION, the label detection of Amazon Rekognition"
    completeness: ClassVar[Completeness | None] = Completeness.TOP_K
    limits: ClassVar[str] = "1 picture a request, sent as PNG of 80 to 1264 pixels a side; 5 MB"
    credentials: ClassVar[tuple[str, ...]] = CREDENTIALS
    price = 0.001
    rate_limits = (RateLimit(5),)
    operation: ClassVar[str] = "DetectLabels"
    answers: ClassVar[str] = "Labels"
    most: ClassVar[int | None] = 1000
    encoding: ClassVar[Encoding] = lossless_within(5_000_000, shortest_side=80)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The service in this region; empty for the region of Amazon's own chain."""
        return cls(spec)

    @staticmethod
    def question(spec: str) -> tuple[str | None, Mapping[str, Any]]:
        # By default it shows only labels with a confidence above 55 %.
        return spec or None, {"MaxLabels": RekognitionTarget.most, "MinConfidence": 0}
