from __future__ import annotations

import pytest

from isotopes.vault.keys.strength import describe_weakness


@pytest.mark.parametrize(
    "weak",
    ["a", "zz", "12345678", "hunter2", "password", "qwertzuiop", "Sommer2024", "20.05.1987", "é"],
)
def test_what_is_soon_guessed(weak: str) -> None:
    told = describe_weakness(weak)
    assert told is not None
    assert "this passphrase is weak" in told
    assert f"{weak} " not in told


@pytest.mark.parametrize(
    "strong",
    [
        "correct horse battery staple",
        "Xq7#mPz!2vKd",
        "übermut gabel mondkalender",
        "x7Kq9#pLw3" * 20,
    ],
)
def test_what_is_not(strong: str) -> None:
    assert describe_weakness(strong) is None


def test_an_empty_one_is_for_another_rule() -> None:
    assert describe_weakness("") is None
