"""Figure 14's inspection sees a feature that the mark drives, and none where there isn't one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from isotopes.lab.countermeasures.countermeasure import undefended
from isotopes.lab.experiments.robustness.fig14 import CONDITIONS, Fig14
from isotopes.lab.methods.features import FeaturesOf
from isotopes.lab.pages.spurious_sheet import CELL, GAP, MOST, contact_sheet, feature_maps
from isotopes.lab.trials.spurious_trial import FEATURES, important_features, movement


def test_features_that_add_most_matter_most() -> None:
    activations = np.array([[1.0, 5, 0, 2, 1, 1, 9], [3.0, 5, 0, 2, 1, 1, 9]])
    weights = np.array([10.0, 1, 99, -3, 2, 3, -1])
    found = important_features(activations, weights)
    assert len(found) == FEATURES
    assert found[:4].tolist() == [0, 1, 5, 4]


def test_a_picture_moves_as_far_as_its_farthest_feature() -> None:
    before = np.array([[1.0, 1.0], [0.0, 0.0]])
    after = np.array([[1.5, 1.0], [0.0, -4.0]])
    np.testing.assert_array_equal(movement(before, after, np.array([0.25, 2.0])), [2, 2])


def test_all_conditions_of_the_paper_are_there(tiny: Path) -> None:
    assert {alpha for alpha, share in CONDITIONS if share == 0.1} == {0.1, 0.2, 0.3, 0.4, 0.5}
    assert {share for alpha, share in CONDITIONS if alpha == 0.5} == {0.01, 0.05, 0.1, 0.2, 0.3}


def test_the_contact_sheet_shows_pictures_and_heatmaps(tiny: Path) -> None:
    described = next(Fig14().trials("desk")).model
    model = undefended(described)
    sheet = contact_sheet(described, model)
    pictures, (places, *_) = described.marked_pictures()
    rows = 2 * min(MOST, len(places))
    assert sheet.shape == (rows * (CELL + GAP) + GAP, 6 * (CELL + GAP) + GAP, 3)
    shown = sheet[GAP : GAP + CELL : CELL // 16, GAP : GAP + CELL : CELL // 16]
    np.testing.assert_array_equal(shown, pictures.pixels[places[0]])


def test_a_features_mean_over_its_map_is_its_activation(tiny: Path) -> None:
    model = undefended(next(Fig14().trials("desk")).model)
    pixels = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), np.uint8)
    means = feature_maps(model, pixels).mean(axis=(2, 3))
    np.testing.assert_allclose(means, FeaturesOf(model).of(pixels), atol=2e-2)
