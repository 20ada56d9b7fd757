"""The tree of errors that is drawn is the one there is."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from isotopes import errors
from isotopes.errors import IsotopesError


def drawn() -> Iterator[tuple[str, str | None, int | None]]:
    """Name, parent and exit code in each line of the docstring's tree."""
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.fullmatch(r"    ((?:│   |    )*(?:[├└]── )?)([A-Z]\w+) +(?:(\d) )? *\S.*", line)
        if found:
            depth = len(found[1]) // 4
            above[depth:] = [found[2]]
            yield found[2], above[depth - 1] if depth else None, found[3] and int(found[3])


ERRORS = {
    name: error
    for name, error in vars(errors).items()
    if inspect.isclass(error) and issubclass(error, IsotopesError)
}


def test_every_error_is_drawn_below_its_parent() -> None:
    parents = {name: parent for name, parent, _ in drawn()}
    assert parents.keys() == ERRORS.keys()
    for name, parent in parents.items():
        base = ERRORS[name].__base__
        assert base is not None
        assert parent == (None if base is Exception else base.__name__)


def test_exit_codes_are_as_drawn() -> None:
    codes: dict[str | None, int] = {}
    for name, parent, code in drawn():
        codes[name] = codes[parent] if code is None else code
        assert ERRORS[name].exit_code == codes[name], name


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_every_error_says_what_it_is_about(name: str) -> None:
    assert vars(ERRORS[name])["__doc__"]


def test_no_error_is_defined_elsewhere() -> None:
    """Private ones apart: they never leave their file."""
    source = Path(errors.__file__).parent
    for path in source.rglob("*.py"):
        if path.name == "errors.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                assert not bases & ERRORS.keys(), f"{path}: {node.name}"
