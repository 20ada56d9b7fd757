"""How Azure AI Face names its errors, and what the address of a resource looks like."""

from __future__ import annotations

import re

from isotopes.targets.http.endpoint import ErrorCodes
from isotopes.targets.http.service import AddressForm, Mistake

RESOURCE = AddressForm(
    re.compile(r"(/[^/]+)*"),  # a gateway may have a path of its own
    example="https://HOST",
    mistakes=(
        Mistake(
            re.compile(r"/customvision/", re.IGNORECASE),
            "is an address of Azure Custom Vision, not of Azure Face",
            "check it with: isotopes check NAME --target azure-custom-vision:ADDRESS",
        ),
        Mistake(
            re.compile(r"(https?://[^/]+(?:/.*?)?)/face(?:/|$)", re.IGNORECASE),
            "must end before /face/..., which is added to each request",
            r"give azure-face:\1/LIST",
        ),
        Mistake(
            re.compile(r"(https?://[^/]+\.(?:azure|microsoft)\.com)/", re.IGNORECASE),
            "must end after the host",
            r"give azure-face:\1/LIST",
        ),
    ),
)

# Another operation on the list has to end first.
_BUSY = frozenset({"ConcurrentOperationConflict", "LargeFaceListTrainingNotFinished"})
_HINTS = {
    "UnsupportedFeature": "Azure lets only approved customers search faces:"
    " https://aka.ms/facerecognition",
    "LargeFaceListNotTrained": "enrol a picture first: that trains the list",
}


class _Codes(ErrorCodes):
    def read(self, refusal: object) -> str | None:
        return super().read(refusal.get("error")) if isinstance(refusal, dict) else None


ERRORS = _Codes("code", busy=_BUSY, hints=_HINTS)
