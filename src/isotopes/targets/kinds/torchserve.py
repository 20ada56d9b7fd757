"""A model on TorchServe with its image classifier handler (REST, `/predictions`)."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from isotopes.targets.http.description import AnswerRules, HttpDescription
from isotopes.targets.http.encoding import Encoding
from isotopes.targets.http.json_answer import JsonPath, Mapped
from isotopes.targets.http.json_target import JsonTarget
from isotopes.targets.http.service import (
    AddressForm,
    Mistake,
    bearer_if_set,
    find_address,
    make_endpoint,
)
from isotopes.targets.http.template import WholeBody
from isotopes.targets.scores import Completeness
from isotopes.targets.target import OpenableTarget

TOKEN = "TORCHSERVE_TOKEN"
_SHOWN = 5  # labels; the handler has no setting for it
_LOCAL = re.compile(r"(?P<model>[\w.-]+(/[\w.-]+)?)")
_ADDRESS = "http://localhost:8080/predictions/{model}"
_WHOLE = AddressForm(
    re.compile(r"(/.*)?/predictions/[^/]+(/[^/]+)?"),
    example="http://HOST:8080/predictions/MODEL",
    mistakes=(
        Mistake(
            re.compile(r"/v2/models/"),
            "is that of the Open Inference Protocol",
            "write a description of it: isotopes targets describe URL --out SERVER.toml",
        ),
        Mistake(
            re.compile(r"//([^/:]+)(?::\d+)?/(?:models|explanations)/([^/]+)"),
            "manages or explains a model, and a check asks for predictions",
            r"give its inference address, such as http://\1:8080/predictions/\2",
        ),
    ),
)


class TorchServeTarget(JsonTarget, OpenableTarget):
    """A model that shows its five best labels, as TorchServe's own handler does."""

    kind: ClassVar[str] = "torchserve"
    summary: ClassVar[str] = "http://HOST:8080/predictions/MODEL, on TorchServe"
    completeness: ClassVar[Completeness | None] = Completeness.TOP_K
    limits: ClassVar[str] = "1 picture a request, sent as PNG of at most 1431 pixels a side; 6.5 MB"
    credentials: ClassVar[tuple[str, ...]] = (f"{TOKEN}, where it wants one",)

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The model at this address; the name alone means one on this machine."""
        address = find_address(spec, _LOCAL, _ADDRESS, "MODEL or MODEL/VERSION", _WHOLE)
        headers = {"Content-Type": "application/octet-stream", **bearer_if_set(TOKEN)}
        return cls(
            HttpDescription(
                name=f"TorchServe, {address.partition('/predictions/')[2] or address}",
                endpoint=make_endpoint(address, headers),
                template=WholeBody(),
                answer=AnswerRules(
                    form=Mapped(JsonPath("@")), completeness=Completeness.TOP_K, limit=_SHOWN
                ),
                encoding=Encoding("png", longest_side=1431),  # its own default: 6,553,500 bytes
            )
        )
