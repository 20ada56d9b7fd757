"""The body of a request: JSON with places for pictures, or a picture's file alone."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from isotopes.errors import TargetUnusable

IMAGE = "{{image_base64}}"
ITEMS = "{{items}}"
ID = "{{id}}"
_PLACE = re.compile(r"\{\{\s*\w+\s*\}\}")


@dataclass(frozen=True)
class Template:
    """What to send.

    Attributes:
        body: JSON. With ``"{{image_base64}}"`` in it each request holds one picture; with
            ``"{{items}}"``, a list of `item`, one for each picture.
        item: JSON with ``"{{image_base64}}"`` in it; and with ``"{{id}}"``, the picture's number
            in its batch, where the service says in its answer which picture each part is of.
        batch: how many pictures a request may hold.
    """

    body: str
    item: str | None = None
    batch: int = 1

    def __post_init__(self) -> None:
        if self.item is None:
            _check("body", self.body, IMAGE)
        else:
            _check("body", self.body, ITEMS)
            _check("item", self.item.replace(ID, ""), IMAGE)
        if self.batch > 1 and self.item is None:
            raise TargetUnusable(
                f"a body with one place for a picture can't hold {self.batch}",
                hint=f"""write "{ITEMS}" into it, and give `item`""",
            )

    @property
    def wording(self) -> dict[str, str | None]:
        """What of it decides what is asked."""
        return {"body": self.body, "item": self.item}

    def fill(self, pictures: Sequence[bytes]) -> bytes:
        """The body for these pictures, each the bytes of a file."""
        texts = [base64.b64encode(picture).decode("ascii") for picture in pictures]
        if self.item is None:
            (text,) = texts
            return self.body.replace(IMAGE, text).encode()
        items = ",".join(
            self.item.replace(ID, str(number)).replace(IMAGE, text)
            for number, text in enumerate(texts)
        )
        return self.body.replace(f'"{ITEMS}"', f"[{items}]").encode()


@dataclass(frozen=True)
class WholeBody:
    """A picture's file is all that is sent, as it is or in base64."""

    base64: bool = False
    batch: ClassVar[int] = 1

    @property
    def wording(self) -> dict[str, str | None]:
        """What of it decides what is asked."""
        return {"body": "base64" if self.base64 else "bytes"}

    def fill(self, pictures: Sequence[bytes]) -> bytes:
        """The body for one picture."""
        (picture,) = pictures
        return base64.b64encode(picture) if self.base64 else picture


def _check(name: str, template: str, place: str) -> None:
    """Raise TargetUnusable unless it is JSON with this one place in it, written as a text."""
    try:
        json.loads(template)
    except ValueError as error:
        raise TargetUnusable(f"{name} must be JSON: {error}") from None
    places = set(_PLACE.findall(template))
    if places != {place} or template.count(f'"{ITEMS}"') != template.count(ITEMS):
        found = ", ".join(sorted(places)) or "none"
        raise TargetUnusable(f'{name} must have a place "{place}" and no other, got {found}')
