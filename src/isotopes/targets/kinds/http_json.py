"""Any service that takes pictures and answers with scores in JSON: `ENDPOINT.toml`."""

from __future__ import annotations

from typing import ClassVar, Self

from isotopes.targets.http.description import read_http_description
from isotopes.targets.http.json_target import JsonTarget
from isotopes.targets.scores import Completeness
from isotopes.targets.target import OpenableTarget


class HttpTarget(JsonTarget, OpenableTarget):
    """A JSON endpoint that a person describes."""

    kind: ClassVar[str] = "http"
    summary: ClassVar[str] = "ENDPOINT.toml, which describes a JSON endpoint"
    endings: ClassVar[tuple[str, ...]] = (".toml",)
    completeness: ClassVar[Completeness | None] = None
    limits: ClassVar[str] = "as its description says"
    credentials: ClassVar[tuple[str, ...]] = ("the variables that its description names",)

    odd_scores: ClassVar[str] = (
        'say in [answer] what they are: unit = "percent", "logit" or "sigmoid"'
    )

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The endpoint that the TOML file `spec` describes."""
        return cls(read_http_description(cls.named_file(spec)))
