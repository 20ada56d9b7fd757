"""Tables on a terminal: no name and no figure is ever cut."""

from __future__ import annotations

import re

import pytest

from isotopes.cli import terminal

NAMES = [f"holiday-in-the-mountains-of-2024-part-{part}" for part in ("one", "two")]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_nothing_is_cut(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    terminal._console.cache_clear()
    try:
        rows = [(name, "model.onnx", "0.00123", "+4.5 (+4.2 to +4.8)") for name in NAMES]
        figures = ("p", "effect")
        terminal.show_table(("isotope", "model", *figures), rows, unbroken=figures)
    finally:
        terminal._console.cache_clear()
    printed = capsys.readouterr().out
    assert "…" not in printed
    assert printed.count("0.00123") == printed.count("+4.5 (+4.2 to +4.8)") == 2
    columns = re.findall(r"^\S+", printed.replace("\n ", "\n_"), re.MULTILINE)
    for name in NAMES:
        assert name in "".join(columns[1:]), printed
