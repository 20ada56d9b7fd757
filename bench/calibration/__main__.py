"""Are the error rates what they claim to be, on real models? `python -m bench.calibration`

Trains and asks all models if that is not done yet (about three hours on two cores), and writes
docs/results/calibration.json and families.json with their pictures and calibration.md, which also
shows what `--large` and `bench.calibration.pairs` found. An interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse

from bench.calibration.families import family_rows
from bench.calibration.fill import fill, jobs, large_jobs
from bench.calibration.measure import measure_guilty, measure_innocent
from bench.calibration.models import (
    CHOICE,
    CLEAN,
    EACH_TO_CHOOSE,
    GUILTY,
    OTHERS,
    clean_models,
    large_models,
    marked_models,
)
from bench.calibration.page import write_page
from bench.calibration.plots import plot_cost, plot_rates, plot_roc
from bench.calibration.rows import Bank, calibration_rows
from bench.record import RESULTS, record

COMMAND = "python -m bench.calibration"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--large", action="store_true", help="the paper's network; wants a GPU")
    asked = parser.parse_args()
    if asked.large:
        measure_large(asked.workers)
    else:
        measure_bank(asked.workers)
    write_page()


def measure_large(workers: int) -> None:
    """The paper's ResNet-18."""
    fill(large_jobs(), workers)
    bank = Bank(
        guilty=[measure_guilty(one) for one in large_models(GUILTY)],
        clean=[measure_innocent(one) for one in large_models(CLEAN)],
        others=[measure_innocent(one) for one in large_models(OTHERS)],
    )
    record("calibration_large", list(calibration_rows(bank)), f"{COMMAND} --large")


def measure_bank(workers: int) -> None:
    """Networks that two cores can train, and the families beside each other."""
    fill(jobs(), workers)
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
