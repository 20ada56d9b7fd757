"""The name `isotopes` on the package index is somebody else's: no text says to install it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import isotopes
from isotopes.extras import DISTRIBUTION, how_to_install

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "docs", "bench", ".github", ".ci")
TEXTS = [
    path
    for place in (*(ROOT / folder for folder in FOLDERS), ROOT)
    for path in (place.rglob("*") if place != ROOT else place.glob("*"))
    if path.suffix in {".py", ".md", ".toml", ".yml", ".cff", ".j2", ""} and path.is_file()
]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
# A requirement, wherever it stands: after `pip install`, or with an extra in brackets.
INSTALLS = re.compile(
    r"pip3? install[^\n`]*?(?<![-\w/.])isotopes\b"
    rf"|(?<![-\w.])isotopes\[(?:{'|'.join(EXTRAS)})[],]"
)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("pip install isotopes", True),
        ("pip install -U 'isotopes'", True),
        ("needs isotopes[lab]", True),
        ("pip install 'data-isotopes[lab]'", False),
        ("pip install . && isotopes mark", False),
        ("claims.isotopes[index]", False),
    ],
)
def test_the_search_finds_what_it_should(text: str, wrong: bool) -> None:
    assert bool(INSTALLS.search(text.partition(" && ")[0])) == wrong


def test_no_text_installs_the_bare_name() -> None:
    assert len(TEXTS) > 300
    for path in TEXTS:
        assert not INSTALLS.search(path.read_text(encoding="utf-8")), path


def test_the_distribution_is_ours() -> None:
    assert PROJECT["name"] == DISTRIBUTION
    assert PROJECT["scripts"].keys() == {"isotopes"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", isotopes.__version__)


def test_every_extra_that_a_hint_names_is_there() -> None:
    named = set()
    for path in (ROOT / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"how_to_install\([\"'](\w+)[\"']\)", text))
        named |= set(re.findall(r"missing\([^,]+, \"(\w+)\"\)", text))
    assert len(named) >= 8
    assert named <= EXTRAS.keys()
    assert how_to_install("lab") == "in a checkout: pip install '.[lab]'"


def test_hosted_checks_run_on_every_python_that_is_promised() -> None:
    prefix = "Programming Language :: Python :: "
    promised = [one.removeprefix(prefix) for one in PROJECT["classifiers"] if prefix in one]
    (workflow,) = (ROOT / ".github" / "workflows").glob("*.yml")
    matrix = re.search(r"python-version: \[(.*)\]", workflow.read_text("utf-8"))
    assert matrix is not None
    assert re.findall(r'"(.*?)"', matrix[1]) == promised
