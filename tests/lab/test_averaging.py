"""Averaging a person's pictures shows their mark, the more of them there are the better."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isotopes.lab.trials.averaging_trial import MARKS, averaging_trial
from isotopes.lab.trials.experiment import Row


@pytest.mark.parametrize(("family", "alpha"), [("gratings", 0.4), ("tints", 0.32)])
def test_more_pictures_tell_more(tiny: Path, family: str, alpha: float) -> None:
    few, many = (
        averaging_trial("any", family, alpha, pictures, 0).measure(()) for pictures in (3, 300)
    )
    assert len(few) == len(many) == MARKS

    def mean(rows: list[Row], measure: str) -> float:
        return float(np.mean([float(str(row[measure])) for row in rows]))

    assert mean(few, "correlation") < mean(many, "correlation")
    assert mean(many, "correlation") > 0.6
    assert abs(mean(many, "left")) < 0.3
    assert mean(many, "psnr") > mean(few, "psnr")
