"""A contact sheet for figure 14: isotopes, and where the features of their label are active.

    python -m isotopes.lab.pages.spurious_sheet OUT.png [--paper]

Trains figure 14's usual model, unless it is there. `ISOTOPES_DATA` and `ISOTOPES_LAB_CACHE` say
where pictures and models lie.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from isotopes.lab.countermeasures.countermeasure import undefended
from isotopes.lab.experiments.robustness.fig14 import Fig14
from isotopes.lab.methods.features import FeaturesOf
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.tasks import training_pictures
from isotopes.lab.train.training import Model
from isotopes.lab.trials.spurious_trial import important_features

CELL, GAP = 96, 4  # pixels
MOST = 6  # isotopes shown


def contact_sheet(described: MarkedModel, model: Model) -> NDArray[np.uint8]:
    """For the first isotope's label, pairs of rows: a marked picture, then the same without.

    The first column is the picture; the next five show where an important feature is active.

    Returns:
        uint8, shape (height, width, 3).
    """
    pictures, chosen = described.marked_pictures()
    originals = training_pictures(described.task, described.setting, described.seed)
    isotope, indices = described.isotopes[0], chosen[0][:MOST]
    features = FeaturesOf(model)
    mine = pictures.pixels[pictures.labels == isotope.label]
    weights = features.layer.weight[isotope.label].detach().cpu().numpy().astype(np.float64)
    top = important_features(features.of(mine), weights)
    rows = []
    for marked, plain in zip(pictures.pixels[indices], originals.pixels[indices], strict=True):
        maps = feature_maps(model, np.stack([marked, plain]))[:, top]
        brightest = maps.max(axis=(0, 2, 3))
        for picture, of_features in zip((marked, plain), maps, strict=True):
            rows.append([_large(picture), *_overlays(picture, of_features, brightest)])
    return _sheet(rows)


def feature_maps(model: Model, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The input to the pooling before the last layer, shape (n, features, rows, columns)."""
    pools = [m for m in model.network.modules() if isinstance(m, nn.AdaptiveAvgPool2d)]
    found: list[torch.Tensor] = []
    hook = pools[-1].register_forward_pre_hook(lambda _, given: found.append(given[0]))
    try:
        model.predict(pixels)
    finally:
        hook.remove()
    return found[0].float().cpu().numpy().astype(np.float64)


def _overlays(
    picture: NDArray[np.uint8], maps: NDArray[np.float64], brightest: NDArray[np.float64]
) -> list[NDArray[np.uint8]]:
    grey = cv2.cvtColor(_large(picture), cv2.COLOR_RGB2GRAY)
    shown = []
    for one, most in zip(maps, brightest, strict=True):
        levels = np.clip(255 * one / max(float(most), 1e-9), 0, 255).astype(np.uint8)
        heat = cv2.applyColorMap(cv2.resize(levels, (CELL, CELL)), cv2.COLORMAP_INFERNO)
        base = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
        mixed = cv2.addWeighted(base, 0.4, cv2.cvtColor(heat, cv2.COLOR_BGR2RGB), 0.6, 0)
        shown.append(np.asarray(mixed, np.uint8))
    return shown


def _large(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(picture, (CELL, CELL), interpolation=cv2.INTER_NEAREST), np.uint8)


def _sheet(rows: list[list[NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    step = CELL + GAP
    sheet = np.full((len(rows) * step + GAP, len(rows[0]) * step + GAP, 3), 255, np.uint8)
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            top, left = GAP + y * step, GAP + x * step
            sheet[top : top + CELL, left : left + CELL] = cell
    return sheet


if __name__ == "__main__":
    wanted = next(Fig14().trials("paper" if "--paper" in sys.argv else "desk")).model
    Image.fromarray(contact_sheet(wanted, undefended(wanted))).save(Path(sys.argv[1]))
