"""docs/robustness.md: each command writes its own table, the text around them stays."""

from __future__ import annotations

from collections.abc import Iterable

from bench.record import RESULTS

PAGE = RESULTS.parent / "robustness.md"
END = "<!-- end of table -->\n"


def write_table(command: str, lines: Iterable[str]) -> None:
    """Put the table into the page, between the mark of this command and the next end."""
    begin = f"<!-- table: {command} -->\n"
    before, rest = PAGE.read_text(encoding="utf-8").split(begin)
    after = rest.split(END, maxsplit=1)[1]
    table = "\n".join(lines)
    PAGE.write_text(f"{before}{begin}{table}\n{END}{after}", encoding="utf-8")
