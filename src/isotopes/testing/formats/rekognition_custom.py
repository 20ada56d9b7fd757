"""How Amazon Rekognition Custom Labels speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from isotopes.testing.formats.rekognition import ARN, KEYS, RekognitionFormat


class RekognitionCustomFormat(RekognitionFormat):
    """DetectCustomLabels."""

    name: ClassVar[str] = "rekognition-custom"
    operation: ClassVar[str] = "DetectCustomLabels"
    smallest: ClassVar[int] = 64
    threshold: ClassVar[float] = 50.0  # each label has one of its own, set in training

    def answer(self, shown: list[tuple[str, float]], asked: Mapping[str, Any]) -> dict[str, Any]:
        found = shown[: asked.get("MaxResults")]
        return {
            "CustomLabels": [{"Name": label, "Confidence": percent} for label, percent in found]
        }

    def how_to_ask(self, url: str) -> str:
        return f"export {KEYS}\nand give check --target rekognition-custom:{ARN}@{url}"
