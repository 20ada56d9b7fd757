"""What a reader can rely on: short files, small rooms, one class to a name."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path
from statistics import median

SOURCE = Path(__file__).parents[2] / "src" / "isotopes"
TESTS = Path(__file__).parents[1]
FILES = sorted(SOURCE.rglob("*.py"))
LONGEST, USUAL, LARGEST_ROOM = 300, 120, 15
AT_ONCE = re.compile(
    r"\.(count|all_inner_texts|all_text_contents|content|is_\w+|inner_text|text_content|input_value)\("
)  # what a page shows at that moment
SCREEN = 60  # lines of a function, with its docstring


def test_files_are_short() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert [str(path) for path, lines in lengths.items() if lines > LONGEST] == []
    assert median(lengths.values()) < USUAL


def test_functions_fit_a_screen() -> None:
    functions = [
        (f"{path.name}: {node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert {name for name, lines in functions if lines > SCREEN} == set()


def test_no_room_is_crowded() -> None:
    rooms = Counter(path.parent for path in FILES if not path.name.startswith("__"))
    assert {str(room) for room, files in rooms.items() if files > LARGEST_ROOM} == set()


def test_no_two_classes_share_a_name() -> None:
    names = Counter(
        node.name
        for path in FILES
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert {name for name, times in names.items() if times > 1} == set()


def test_assertions_about_a_page_wait_for_it() -> None:
    """A page that is still arriving has not failed: `expect` looks again, `assert` doesn't."""
    asserted = [
        (path.name, ast.unparse(node.test))
        for path in TESTS.rglob("*.py")
        if "playwright.sync_api" in (text := path.read_text("utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Assert)
    ]
    assert len(asserted) > 10
    assert [one for one in asserted if AT_ONCE.search(one[1])] == []
