"""Pictures changed a little each time they are trained on: on the device, a batch at once."""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from isotopes.lab.recipe import Recipe


def chosen_pixels(pixels: torch.Tensor, chosen: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Some pictures, each shifted and mirrored by itself; what comes in repeats the edge.

    Args:
        pixels: of all pictures, uint8, shape (n, height, width, 3), contiguous.
        chosen: int64, shape (count,).
    """
    if not recipe.shift and not recipe.flip:
        return pixels[chosen]
    height, width = pixels.shape[1:3]
    count, device = len(chosen), pixels.device
    moves = torch.randint(-recipe.shift, recipe.shift + 1, (2, count, 1), device=device)
    rows = (torch.arange(height, device=device) + moves[0]).clamp(0, height - 1)
    columns = (torch.arange(width, device=device) + moves[1]).clamp(0, width - 1)
    if recipe.flip:
        mirrored = torch.rand((count, 1), device=device) < 0.5
        columns = torch.where(mirrored, columns.flip(1), columns)
    rows = (rows + chosen[:, None] * height) * width
    # One list of pixels: much faster than by three indices.
    places = (rows[:, :, None] + columns[:, None, :]).view(-1)
    return pixels.view(-1, 3).index_select(0, places).view(count, height, width, 3)


def augment_scaled(given: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Rotate each picture by itself, and cut a square out of it.

    Args:
        given: float32, shape (n, 3, height, width), 0 being the mean colour.
    """
    if recipe.rotate:
        angles = (2 * torch.rand(len(given), device=given.device) - 1) * recipe.rotate
        given = rotate(given, angles)
    if recipe.cutout:
        given = _cut_out(given, recipe.cutout)
    return given


def rotate(given: torch.Tensor, degrees: torch.Tensor) -> torch.Tensor:
    """Each picture turned clockwise about its middle, bilinearly; edges are repeated.

    Args:
        given: float32, shape (n, channels, height, width).
        degrees: shape (n,).
    """
    count, _, height, width = given.shape
    cosine, sine = (degrees * (math.pi / 180)).cos(), (degrees * (math.pi / 180)).sin()
    # Where each pixel comes from. Coordinates run from -1 to 1 along both sides, whatever they are.
    whence = torch.zeros((count, 2, 3), device=given.device)
    whence[:, 0, 0], whence[:, 0, 1] = cosine, sine * (height / width)
    whence[:, 1, 0], whence[:, 1, 1] = -sine * (width / height), cosine
    grid = functional.affine_grid(whence, list(given.shape), align_corners=False)
    return functional.grid_sample(given, grid, padding_mode="border", align_corners=False)


def _cut_out(given: torch.Tensor, side: int) -> torch.Tensor:
    """A square of the mean colour in each picture, wholly inside it (DeVries and Taylor 2017)."""
    inside = [_stretch(len(given), length, side, given.device) for length in given.shape[2:]]
    square = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return given.masked_fill(square, 0)


def _stretch(count: int, length: int, side: int, device: torch.device) -> torch.Tensor:
    """True at `side` places in a row of `length`, from a random one on; shape (count, length)."""
    first = torch.randint(max(length - side, 0) + 1, (count, 1), device=device)
    places = torch.arange(length, device=device)
    return (places >= first) & (places < first + side)
