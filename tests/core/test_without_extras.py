"""Who installed the package alone can mark pictures, in Python too; checking says what it needs."""

from __future__ import annotations

import subprocess
import sys

ALONE = """
from importlib.machinery import PathFinder

ABSENT = {"scipy", "onnxruntime", "matplotlib", "torch", "sklearn"}
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *others: (
    None if name.partition(".")[0] in ABSENT else find(name, *others)
)
"""
MARKING = """
from isotopes import Vault, blend, draw, mark_folder, read_picture
import isotopes.cli.commands.mark, isotopes.workflows.marking.run
import isotopes.verify, isotopes.workflows.uploads
"""
CHECKING = """
import isotopes

for job in (isotopes.check, isotopes.check_pictures, isotopes.audit, isotopes.combine):
    try:
        job(*[()] * {"check": 3, "audit": 3, "check_pictures": 2, "combine": 1}[job.__name__])
    except isotopes.IsotopesError as error:
        print(job.__name__, error.in_full)
"""


def run(script: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", ALONE + script], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def test_marking_needs_no_extra() -> None:
    run(MARKING)


def test_checking_names_its_extra() -> None:
    told = run(CHECKING)
    assert told.count("a check needs the package scipy, which is not installed") == 4
    assert told.count("pip install '.[check]'") == 4
