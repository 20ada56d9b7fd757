from __future__ import annotations

import shlex

import pytest

from isotopes.hints import choose, command, nearest


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("Probability", "probability"), ("log odds", "log-odds"), ("", None), ("x" * 10**6, None)],
)
def test_the_nearest_name(typed: str, meant: str | None) -> None:
    assert nearest(typed, ["probability", "log-odds"]) == meant


def test_many_choices_are_cut() -> None:
    many = [f"label {number}" for number in range(30_000)]
    found = choose("label 29999x", many, all_of_them=False)
    assert found.startswith("did you mean label 29999? choose one of: label 0, ")
    assert found.endswith("label 7, ...")


@pytest.mark.parametrize(
    "name", ["plain", "two words", "it's", "$(touch x)", "`id`", "a;b", 'q"q', "\\", "*", "~", "\n"]
)
def test_a_shell_reads_back_what_was_quoted(name: str) -> None:
    line = command("vault receipt {} --out {}", name, name, vault=name)
    assert shlex.split(line) == [
        *("isotopes", "vault", "receipt", name, "--out", name, "--vault", name)
    ]
