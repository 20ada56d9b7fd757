"""A run that skips what CI must run fails, with or without several processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from allowed_skips import forbidden

TESTS = Path(__file__).parents[1]
HELD = "no CIFAR-100 beside the project"
# Not all of that file, whose imports take seconds.
HOOKS = re.findall(r"^from strict_skips .*$", (TESTS / "conftest.py").read_text(), re.MULTILINE)
HOLE = "could not import 'transformers': No module named 'transformers'"


def test_only_listed_reasons_pass() -> None:
    assert forbidden([HELD, HOLE, "could not import 'azure.cognitiveservices': none"]) == [HOLE]


@pytest.mark.parametrize("processes", [0, 2])
@pytest.mark.parametrize(("reason", "strict", "code"), [(HELD, 1, 0), (HOLE, 1, 1), (HOLE, 0, 0)])
def test_a_hole_fails_the_run(
    tmp_path: Path, reason: str, strict: int, code: int, processes: int
) -> None:
    (tmp_path / "conftest.py").write_text("\n".join(HOOKS))
    (tmp_path / "test_some.py").write_text(
        f"import pytest\ndef test_runs(): pass\ndef test_skips(): pytest.skip({reason!r})\n"
    )
    paths = [str(TESTS / "helpers"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # a second in each process
    environment.pop("ISOTOPES_STRICT_SKIPS", None)
    if strict:
        environment["ISOTOPES_STRICT_SKIPS"] = "1"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "xdist", "-n", str(processes), str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert f"1 {reason}" in done.stdout
    assert ("allowed_skips.py" in done.stdout) == bool(code)
