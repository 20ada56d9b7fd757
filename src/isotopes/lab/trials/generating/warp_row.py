"""What DIAGNOSIS says of two generators: do their pictures look warped?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.generators.diagnosis.detector import ACCUSED, ASKED, looks_warped, warp_detector
from isotopes.lab.trials.experiment import Row

Pixels = NDArray[np.uint8]


def warp_row(
    originals: Pixels, warped: Pixels, guilty: Pixels, innocent: Pixels, *, seed: int
) -> Row:
    """Columns: flagged and flagged_innocent, the share of at most 50 pictures that a detector calls
    warped, 0 if there are none; power and false_alarm: is it above 0.75?

    Args:
        originals, warped: the owner's pictures, which the detector learns from.
        guilty, innocent: pictures that the two generators made of the owner's labels.
    """
    detector = warp_detector(originals, warped, seed)
    shares = [
        looks_warped(detector, made[:ASKED]) if len(made) else 0.0 for made in (guilty, innocent)
    ]
    accused = [float(share > ACCUSED) for share in shares]
    return {
        "flagged": shares[0],
        "flagged_innocent": shares[1],
        "power": accused[0],
        "false_alarm": accused[1],
    }
