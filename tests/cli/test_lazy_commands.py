"""Commands are loaded when they are used, and `--help` lists them without that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command_line import isotopes

from isotopes.cli.click_app import command
from isotopes.cli.main import COMMANDS
from isotopes.defaults import METHODS, STATISTIC_NAMES, TEST_STATISTIC_NAMES
from isotopes.stats.scores.statistic import STATISTICS
from isotopes.stats.scores.tempered import TEST_STATISTICS
from isotopes.verify import methods

FOLDER = Path(__file__).parents[2] / "src" / "isotopes" / "cli" / "commands"
# Of these `--version` and `--help` need none.
HEAVY = "cv2 cryptography jinja2 matplotlib numpy onnxruntime PIL pycurl scipy sqlalchemy torch"


def test_every_file_is_a_command() -> None:
    prefix = "isotopes.cli.commands."
    modules = {prefix + path.stem for path in FOLDER.glob("*.py")} - {prefix + "__init__"}
    for room in FOLDER.glob("*/__init__.py"):
        inside = {path.stem for path in room.parent.glob("*.py")} - {"__init__"}
        one_command = "app = " in room.read_text("utf-8")
        name = prefix + room.parent.name
        modules |= {name} if one_command else {f"{name}.{stem}" for stem in inside}
    assert {lazy.module for lazy in COMMANDS.values()} == modules


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_loads_and_has_help(name: str) -> None:
    assert command.commands[name].name == name  # type: ignore[attr-defined]
    done = isotopes(name, "--help")
    assert done.code == 0
    assert f" {name} [OPTIONS]" in done.out.splitlines()[0]
    assert "completion" not in done.out


def test_the_list_of_commands_has_a_line_for_each() -> None:
    done = isotopes("--help")
    for name, lazy in COMMANDS.items():
        assert f"  {name:15}  {lazy.summary}\n" in done.out
        assert len(lazy.summary) <= 60


@pytest.mark.parametrize("words", [("--version",), ("--help",), (), ("chekc",)])
def test_no_library_is_loaded_before_a_command_is_chosen(words: tuple[str, ...]) -> None:
    script = (
        "import sys; from isotopes.cli.main import main\n"
        f"main({words!r})\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    assert "isotopes.cli.lazy" in loaded
    assert not loaded & set(HEAVY.split())
    assert not any(name.startswith(("isotopes.cli.commands.", "rich.")) for name in loaded)


def test_the_help_of_a_command_loads_no_library_either() -> None:
    light = sorted(set(COMMANDS) - {"plan", "targets", "fake"})  # their help lists what is there
    script = (
        "import sys; from isotopes.cli.main import main\n"
        f"for name in {light!r}: main([name, '--help'])\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("Usage: ") == len(light)
    loaded = set(done.stderr.split())
    assert {"isotopes.cli.commands.check", "isotopes.cli.commands.mark"} <= loaded
    assert not loaded & set(HEAVY.split())


def test_help_names_all_tests_and_statistics() -> None:
    assert set(METHODS) == set(methods())
    assert set(STATISTIC_NAMES) == set(STATISTICS)
    assert set(TEST_STATISTIC_NAMES) == set(TEST_STATISTICS)


def test_a_misspelled_command_is_corrected() -> None:
    done = isotopes("chekc")
    assert done.code == 2
    assert "Did you mean 'check'?" in done.err
