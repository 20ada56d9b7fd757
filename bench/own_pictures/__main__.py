"""How well does a check of your own pictures work? `python -m bench.own_pictures [--fill]`

Judges the answers of all models that were trained and asked on this machine, and writes
docs/results/own_pictures.json, the page own_pictures.md and the table that `isotopes plan` reads.
Rows of other models stay, if they were judged by the same code. With --fill, trains and asks
models that have no rows yet: about five minutes each on one free core.
"""

from __future__ import annotations

import argparse
import json

from bench.own_pictures.answers import answered, answers_of
from bench.own_pictures.fill import fill
from bench.own_pictures.measure import VERSION, Row, measured
from bench.own_pictures.models import every_model
from bench.own_pictures.page import write_page
from bench.record import RESULTS, record
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.verify.power.own_pictures import MEASURED, Marking, MeasuredMark, MeasuredMarks

ModelName = tuple[str, str, int]

COMMAND = "python -m bench.own_pictures"
FOUND_BY = "two-stage"  # the usual check


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fill", action="store_true", help="train and ask what isn't there yet")
    wanted, earlier = every_model(), judged_elsewhere()
    if parser.parse_args().fill:
        fill([one for one in wanted if name_of(one) not in earlier])
    rows = [
        row
        for described in wanted
        for row in (
            measured(answers_of(described))
            if answered(described)
            else earlier.get(name_of(described), [])
        )
    ]
    record("own_pictures", rows, COMMAND)
    install([row for row in rows if row["what"] == "mark"])
    write_page(json.loads((RESULTS / "own_pictures.json").read_bytes()))


def judged_elsewhere() -> dict[ModelName, list[Row]]:
    """The rows in docs/results, by their model: answers stay on the machine that asked."""
    found: dict[ModelName, list[Row]] = {}
    for row in json.loads((RESULTS / "own_pictures.json").read_bytes())["rows"]:
        if row["judged"] == VERSION:
            found.setdefault((row["task"], row["network"], row["seed"]), []).append(row)
    return found


def name_of(described: MarkedModel) -> ModelName:
    """Task, network and seed, which tell these models apart."""
    return described.task, described.setting.architecture, described.seed


def install(marks: list[Row]) -> None:
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
