"""A part of `python -m bench.fuzz_readers`, which reads thousands of altered files."""

from __future__ import annotations

from pathlib import Path

from bench.fuzz_readers import run


def test_altered_files_end_in_one_clear_line(tmp_path: Path) -> None:
    rows = run(tmp_path, 66)
    assert {str(row["measure"]): row["wrong"] for row in rows if row["wrong"]} == {}
    assert sum(int(str(row["cases"])) for row in rows) == 66
    assert sum(int(str(row["refused_in_one_line"])) for row in rows) > 30
