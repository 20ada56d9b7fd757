"""Marking needs little; who checks without the rest is told how to get it, before anything else."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from command_line import isotopes

from isotopes import check, combine, open_target
from isotopes.cli.main import COMMANDS
from isotopes.errors import IsotopesError
from isotopes.extras import CHECK

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


@pytest.fixture(params=CHECK)
def missing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name: str = request.param
    monkeypatch.setattr("isotopes.extras.find_spec", lambda one: None if one == name else object())
    return name


def test_the_extra_brings_what_is_looked_for() -> None:
    brought = PROJECT["optional-dependencies"]["check"]
    assert sorted(one.partition(">")[0] for one in brought) == sorted(CHECK)


@pytest.mark.parametrize("name", [name for name, lazy in COMMANDS.items() if lazy.checks])
def test_a_command_that_checks_says_what_it_needs(name: str, missing: str) -> None:
    done = isotopes(name, "--help")
    assert done.code == 2
    assert done.err == (
        f"error: a check needs the package {missing}, which is not installed\n"
        "hint: in a checkout: pip install '.[check]'\n"
    )


@pytest.mark.parametrize("name", ["mark", "preview", "vault"])
def test_marking_needs_none_of_it(name: str, missing: str) -> None:
    del missing
    assert isotopes(name, "--help").code == 0


def test_python_says_so_before_anything_is_asked(missing: str, isotope: Any, guilty: Any) -> None:
    for call in (
        lambda: check(isotope, guilty, []),
        lambda: combine([]),
        lambda: open_target("m.onnx"),
    ):
        with pytest.raises(IsotopesError, match=f"needs the package {missing}"):
            call()
    assert guilty.asked == 0
