"""Pictures changed a little each time they are trained on: on the device, a batch at once."""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from isotopes.lab.recipe import Recipe


def augment_bytes(pixels: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Shift and mirror each picture by itself; what comes in at the edge repeats the edge.

    Args:
        pixels: uint8, shape (n, height, width, 3).
    """
    if not recipe.shift and not recipe.flip:
        return pixels
    count, height, width = pixels.shape[:3]
    device = pixels.device
    moves = torch.randint(-recipe.shift, recipe.shift + 1, (2, count, 1), device=device)
    rows = (torch.arange(height, device=device) + moves[0]).clamp(0, height - 1)
    columns = (torch.arange(width, device=device) + moves[1]).clamp(0, width - 1)
    if recipe.flip:
        mirrored = torch.rand((count, 1), device=device) < 0.5
        columns = torch.where(mirrored, columns.flip(1), columns)
    every = torch.arange(count, device=device)
    return pixels[every[:, None, None], rows[:, :, None], columns[:, None, :]]


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
