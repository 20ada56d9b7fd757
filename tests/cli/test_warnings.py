"""Every warning of the command line begins alike, and by one rule."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from isotopes.cli.output.losses import loss_warnings
from isotopes.workflows.robustness.measure import Kept

HOUSE = Path(__file__).parents[2] / "src" / "isotopes"


def test_only_the_terminal_says_that_something_is_a_warning() -> None:
    said = {
        path.relative_to(HOUSE).as_posix()
        for path in HOUSE.rglob("*.py")
        if re.search(r"""f?["']warning: """, path.read_text("utf-8"))
    }
    assert said == {"cli/terminal.py"}


@pytest.mark.parametrize("kept", [Kept.PART, Kept.LITTLE])
def test_what_a_mark_loses_is_said_without_it(kept: Kept) -> None:
    found: Any = [SimpleNamespace(change="JPEG 50", kept=kept)]
    (warning,) = loss_warnings(found, "this mark")
    assert "of this mark is left after JPEG 50" in warning
    assert not warning.startswith("warning")
