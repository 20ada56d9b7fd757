"""How well does a check of your own pictures work? `python -m bench.own_pictures [--fill]`

Judges the answers of all models that were trained and asked so far, and writes
docs/results/own_pictures.json, the page own_pictures.md and the table that `isotopes plan` reads.
With --fill, trains and asks the others first: about ten minutes a model on one free core.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from bench.own_pictures.answers import answered, answers_of
from bench.own_pictures.fill import fill
from bench.own_pictures.measure import measured
from bench.own_pictures.models import every_model
from bench.own_pictures.page import write_page
from bench.record import RESULTS, record
from isotopes.verify.power.own_pictures import MEASURED, Marking, MeasuredMark, MeasuredMarks

COMMAND = "python -m bench.own_pictures"
FOUND_BY = "two-stage"  # the usual check


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fill", action="store_true", help="train and ask what isn't there yet")
    if parser.parse_args().fill:
        fill(every_model())
    rows = [
        row
        for described in every_model()
        if answered(described)
        for row in measured(answers_of(described))
    ]
    record("own_pictures", rows, COMMAND)
    install([row for row in rows if row["what"] == "mark"])
    write_page(json.loads((RESULTS / "own_pictures.json").read_bytes()))


def install(marks: list[dict[str, Any]]) -> None:
    """Write the table that `isotopes plan` reads."""
    table = MeasuredMarks.of(
        [
            MeasuredMark(
                Marking(row["family"], row["alpha"], row["share"], row["pictures"]),
                row["found"][FOUND_BY],
                f"{row['task']} {row['network']} {row['seed']}",
            )
            for row in marks
        ],
        COMMAND,
    )
    content = {"command": table.command, "rows": [row.to_row() for row in table.rows]}
    MEASURED.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
