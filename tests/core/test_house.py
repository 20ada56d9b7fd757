"""What a reader can rely on: short files, small rooms, one class to a name."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from statistics import median

SOURCE = Path(__file__).parents[2] / "src" / "isotopes"
FILES = sorted(SOURCE.rglob("*.py"))
LONGEST, USUAL, LARGEST_ROOM = 300, 120, 17


def test_files_are_short() -> None:
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert {name for name, lines in lengths.items() if lines > LONGEST} == set()
    assert median(lengths.values()) < USUAL


def test_no_room_is_crowded() -> None:
    rooms = Counter(path.parent for path in FILES if path.name != "__init__.py")
    assert {str(room) for room, files in rooms.items() if files > LARGEST_ROOM} == set()


def test_no_two_classes_share_a_name() -> None:
    names = Counter(
        node.name
        for path in FILES
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert {name for name, times in names.items() if times > 1} == set()
