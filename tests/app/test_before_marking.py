"""What the page for marking says before anything is marked: will it be found, and where was it?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from isotopes.app.pages import mark
from isotopes.app.pages.mark import chances, places
from isotopes.photos.metadata.tags import GPS_IFD


def told(page: Callable[[Request], Response] = chances, **asked: object) -> str:
    scope = {"type": "http", "query_string": urlencode(asked).encode()}
    return bytes(page(Request(scope)).body).decode()


def test_an_expectation_with_an_interval() -> None:
    words = told(count=40, share=100, strength="faint")
    assert "If about 100% of the pictures" in words
    assert "likely between" in words


@pytest.mark.parametrize(
    "asked",
    [
        {"count": 100_000, "share": 100, "strength": "faint"},
        {"count": 40, "share": 1, "strength": "faint"},
        {"count": 40, "share": 0},
        {"count": "many", "share": 100},
        {},
    ],
)
def test_nothing_is_promised_of_what_was_not_measured(asked: dict[str, object]) -> None:
    assert told(**asked).startswith("Nobody has measured marks like these")


def test_how_many_photos_tell_where_they_were_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        exif = Image.Exif()
        if number % 4 == 0:
            exif[GPS_IFD] = {1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)}
        Image.new("RGB", (64, 48), (9 * number, 80, 90)).save(tmp_path / f"{number}.jpg", exif=exif)
    assert told(places, folder=tmp_path) == "Of 9 photos that we looked at, 3 told it."
    monkeypatch.setattr(mark, "MOST_PLACES", 3)  # every third: 0, 3 and 6
    assert told(places, folder=tmp_path) == "Of 3 photos that we looked at, 1 told it."
