"""What is measured before a check asks, for marks with a pattern and without one."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from isotopes.blending import blend
from isotopes.marks import get_family
from isotopes.workflows.checking.choosing import Chosen
from isotopes.workflows.checking.independence import measure_independence
from isotopes.workflows.checking.own_pictures import ChosenOwn

ROOT = bytes([5]) * 32


@pytest.mark.parametrize("family", ["gratings", "grade", "bent"])
@pytest.mark.parametrize("index", [0, 3], ids=["the mark", "a decoy"])
def test_only_a_pattern_is_looked_for_where_there_is_no_original(family: str, index: int) -> None:
    draw = partial(get_family(family).draw, ROOT)
    rough = np.random.default_rng(0).integers(40, 216, (8, 9, 9, 3), dtype=np.uint8)
    pictures = list(rough.repeat(8, axis=1).repeat(8, axis=2))
    copies = [blend(picture, draw(index), 0.3) for picture in pictures]
    by_name = {str(number): picture for number, picture in enumerate(pictures)}
    chosen = Chosen(names=list(by_name), pictures=by_name)
    own = ChosenOwn(by_name, list(zip(pictures, copies, strict=True)))
    known = measure_independence(19, draw, chosen, own, {})
    assert (known.probes is not None) == (known.own is not None) == (family == "gratings")
    assert known.copies is not None
    assert known.copies.highest == (index == 0)
