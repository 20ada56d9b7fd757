"""The tutorial's commands run in order, and say what the page says of them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from command_line import isotopes

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
# The threes get a fresh key, and an exact test accuses such a one 1 time in 100: no run of these
# tests may hang on that. The demo's own key comes from its seed.
SAID = {
    "check threes": r"^(not detected|detected|inconclusive): ",
    "check demo": r"^detected: ",
    "demo --out": r"p = 0\.01",
}


def test_the_tutorial_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    commands = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    assert len(commands) >= 6
    told = set()
    for command in commands:
        program, *rest = shlex.split(command)
        assert program == "isotopes"
        found = isotopes(*rest, ISOTOPES_VAULT=str(tmp_path / "unused.sqlite"))
        assert found.code == 0, f"{command}\n{found.err}"
        for part, words in SAID.items():
            if part in command:
                assert re.search(words, found.out, re.MULTILINE)
                told.add(part)
    assert told == SAID.keys()
    assert (tmp_path / "zeros.html").stat().st_size > 10_000
