"""Will it be found? What the page for marking says before anything is marked."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from starlette.requests import Request

from isotopes.app.pages.mark import chances


def told(**asked: object) -> str:
    scope = {"type": "http", "query_string": urlencode(asked).encode()}
    return bytes(chances(Request(scope)).body).decode()


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
