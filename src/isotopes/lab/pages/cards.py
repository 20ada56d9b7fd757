"""The cards of all countermeasures, as docs/countermeasures.md shows them.

python -m isotopes.lab.pages.cards docs/countermeasures.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from isotopes.lab.countermeasures import countermeasures

BEGIN, END = "<!-- cards: begin -->\n", "<!-- cards: end -->"
TITLES = {
    "filters": "Filters: pictures thrown away before training",
    "changes": "Changes: pictures changed before training",
    "training": "Training in another way",
    "networks": "Networks changed after training",
    "answers": "Answers changed before they are shown",
}


def cards() -> str:
    """A table for each folder of countermeasures, in Markdown."""
    return "\n".join(line for folder in TITLES for line in _table(folder))


def with_cards(page: str) -> str:
    """The page with today's cards in place of those that it has."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}{cards()}{END}{rest.partition(END)[2]}"


def _table(folder: str) -> Iterator[str]:
    yield f"## {TITLES[folder]}"
    yield ""
    yield "| name | what it does | strength | tried | source |"
    yield "|---|---|---|---|---|"
    for name, kind in sorted(countermeasures().items()):
        if kind.__module__.split(".")[-2] == folder:
            tried = ", ".join(f"{strength:.2g}" for strength in kind.strengths)
            yield f"| `{name}` | {kind.summary} | {kind.parameter} | {tried} | {kind.source} |"
    yield ""


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(with_cards(target.read_text(encoding="utf-8")), encoding="utf-8")
