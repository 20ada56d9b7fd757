"""The body of a request: JSON with placeholders for pictures, or a picture's file alone."""

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
_PLACEHOLDER = re.compile(r"\{\{\s*\w+\s*\}\}")


@dataclass(frozen=True)
class Template:
    """What to send.

    Attributes:
        body: JSON. ``"{{image_base64}}"`` stands for one picture, ``"{{items}}"`` for a list with
            one `item` for each picture.
        item: JSON with ``"{{image_base64}}"``. ``"{{id}}"`` stands for the picture's number in its
            batch, for services that repeat it in the answer.
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
                f"a body with a placeholder for one picture can't hold {self.batch}",
                hint=f"""write "{ITEMS}" into it, and add `item`""",
            )

    @property
    def wording(self) -> dict[str, str | None]:
        """What decides the request, for the target's identity."""
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
    """The request is the picture's file, as bytes or in base64."""

    base64: bool = False
    batch: ClassVar[int] = 1

    @property
    def wording(self) -> dict[str, str | None]:
        """What decides the request, for the target's identity."""
        return {"body": "base64" if self.base64 else "bytes"}

    def fill(self, pictures: Sequence[bytes]) -> bytes:
        """The body for one picture."""
        (picture,) = pictures
        return base64.b64encode(picture) if self.base64 else picture


def _check(name: str, template: str, placeholder: str) -> None:
    """Raise TargetUnusable unless it is JSON with just this placeholder, as a JSON text."""
    try:
        json.loads(template)
    except ValueError as error:
        raise TargetUnusable(f"{name} must be JSON: {error}") from None
    except RecursionError:
        raise TargetUnusable(f"{name} is nested too deeply to be read as JSON") from None
    placeholders = set(_PLACEHOLDER.findall(template))
    if placeholders != {placeholder} or template.count(f'"{ITEMS}"') != template.count(ITEMS):
        got = ", ".join(sorted(placeholders)) or "none"
        raise TargetUnusable(f'{name} must have the placeholder "{placeholder}" only, got {got}')
