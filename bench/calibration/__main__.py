"""Are the error rates what they claim to be, on real models? `python -m bench.calibration`

Trains and asks all models where that is not done yet (about three hours on two cores), and writes
docs/results/calibration.json and families.json with their pictures. An interrupted run goes on
where it was.
"""

from __future__ import annotations

import argparse

from bench.calibration.families import family_rows
from bench.calibration.fill import fill, jobs
from bench.calibration.measure import measure_guilty, measure_innocent
from bench.calibration.models import (
    CHOICE,
    EACH_TO_CHOOSE,
    GUILTY,
    OTHERS,
    clean_models,
    marked_models,
)
from bench.calibration.plots import plot_cost, plot_rates, plot_roc
from bench.calibration.rows import Bank, calibration_rows
from bench.record import RESULTS, record

COMMAND = "python -m bench.calibration"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    fill(jobs(), parser.parse_args().workers)
    bank = Bank(
        choice=[measure_guilty(one) for one in marked_models(CHOICE, EACH_TO_CHOOSE)],
        guilty=[measure_guilty(one) for one in marked_models(GUILTY)],
        clean=[measure_innocent(one) for one in clean_models()],
        others=[measure_innocent(one) for one in marked_models(OTHERS)],
    )
    rows = list(calibration_rows(bank))
    record("calibration", rows, COMMAND)
    record("families", list(family_rows()), COMMAND)
    plot_rates(rows, RESULTS / "calibration_rates.png")
    plot_roc(bank, RESULTS / "calibration_roc.png")
    plot_cost(rows, RESULTS / "calibration_cost.png")


if __name__ == "__main__":
    main()
