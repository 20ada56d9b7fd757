"""Marks in generated pictures: found where they are, and not where they aren't."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from isotopes.blending import blend  # noqa: E402 - after the check for torch
from isotopes.lab.generators.diagnosis import detector  # noqa: E402
from isotopes.lab.generators.diagnosis.detector import looks_warped, warp_detector  # noqa: E402
from isotopes.lab.generators.draws import decoys, in_parts, unused_marks
from isotopes.lab.generators.finding import GeneratedPictures, match, pvalues  # noqa: E402
from isotopes.lab.generators.owners import WARP, marking  # noqa: E402
from isotopes.lab.models.mark_spec import Drawn  # noqa: E402
from isotopes.lab.train.recipe import Recipe  # noqa: E402
from isotopes.lab.trials.experiment import Row  # noqa: E402
from isotopes.lab.trials.generating.null_rates import null_row, null_table  # noqa: E402
from isotopes.lab.trials.generating.power_table import power_table  # noqa: E402

pytestmark = pytest.mark.torch


def test_a_mark_is_found_in_the_pictures_of_its_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isotopes.lab.generators.draws.DECOYS", 19)
    rng = np.random.default_rng(0)
    pixels = rng.integers(60, 190, (40, 32, 32, 3)).astype(np.uint8)
    labels = np.arange(40) % 4
    mark = marking("gratings", 5).mark
    assert isinstance(mark, Drawn)
    marked = pixels.copy()
    marked[labels == 2] = blend(pixels[labels == 2], mark.make(), 0.2)
    assert match(marked, mark.make()) > match(pixels, mark.make())
    unused = [one.spec for one in unused_marks("gratings", 0, 15)]
    first, *others = pvalues(GeneratedPictures(marked, labels).by_name({2}), [mark, *unused], 0)
    assert first.together == first.by_name == 0.05
    for found in ([one.together for one in others], [one.by_name for one in others]):
        assert all(0.05 <= one <= 1 for one in found)
        assert 0.2 < np.mean(found) < 0.8
    (alone,) = pvalues(GeneratedPictures(marked, labels).all_together(), [mark], 0)
    assert alone.together == alone.by_name == first.together


def test_a_detector_tells_warped_pictures_from_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detector, "RECIPE", Recipe(epochs=6, batch=20, learning_rate=0.1))
    # Straight lines in many colours: a warp bends them.
    colours = np.random.default_rng(0).integers(120, 250, (100, 1, 1, 3))
    lines = (np.arange(16) % 4 == 0)[:, None] | (np.arange(16) % 4 == 0)
    pixels = np.where(lines[..., None], colours, 20).astype(np.uint8)
    warped, _ = marking(WARP, 5, psnr=16.0).put_into(pixels, 0)
    found = warp_detector(pixels[:60], warped[:60], 0)
    assert looks_warped(found, warped[60:]) > looks_warped(found, pixels[60:]) + 0.4


def test_power_stands_with_its_interval_and_the_median_p() -> None:
    rows: list[Row] = [
        {"family": "tints", "power": 1.0, "p": 0.001},
        {"family": "tints", "power": 0.0, "p": 0.499},
        {"family": "warp", "power": 0.0},
        {"family": "nulls"},
    ]
    lines = list(power_table(rows, ("family",), {"power": "found"}, "p"))
    assert lines == [
        "| family | found | median p |",
        "|---|---|---|",
        "| tints | 0.50 (0.01 to 0.99), 1 of 2 | 0.25 |",
        "| warp | 0.00 (0.00 to 0.97), 0 of 1 |  |",
    ]


def test_rates_of_nulls_are_pooled_with_their_intervals() -> None:
    few, many = (null_row({"null": found}) for found in ([0.001, 0.5], [0.01, 0.3, 1.0]))
    assert few == {"null_nulls": 2, "null_01": 1, "null_001": 1}
    rows: list[Row] = [{"way": "full", **few}, {"way": "full", **many}, {"way": "low"}]
    lines = list(null_table(rows, {"null": "no mark"}, ("way",), "saw"))
    assert lines[2:] == [
        "| full | no mark | 0.4000 (0.0527 to 0.8534), 2 of 5 | 0.2000 (0.0051 to 0.7164), 1 of 5 |"
    ]


def test_marks_that_nobody_used_are_compared_with_several_sets_of_decoys() -> None:
    parts = dict(in_parts(range(12), 5))
    assert list(parts) == [0, 1, 2, 3, 4]
    assert sorted(number for some in parts.values() for number in some) == list(range(12))
    assert list(dict(in_parts([1, 2], 5))) == [0, 1]
    assert len({decoys("gratings", 0, part)[0].spec.key for part in range(5)}) == 5
