"""Augmentation: random changes to each picture in each step, on the device, a batch at a time."""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from isotopes.lab.train.recipe import Recipe


class Moving:
    """Pictures that are randomly shifted and mirrored, independently, each time they are drawn.

    Edges are padded by repetition. Mirrored pictures and the padding are made once,
    which takes twice the pictures' memory; then a row of any crop is contiguous in memory.
    """

    def __init__(self, pixels: torch.Tensor, recipe: Recipe) -> None:
        """Get ready.

        Args:
            pixels: of all pictures, shape (n, height, width, 3).
        """
        self._pixels, self._shift, self._flip = pixels, recipe.shift, recipe.flip
        if recipe.shift or recipe.flip:
            self._rows = _every_row(pixels, recipe.shift, recipe.flip)

    def __call__(self, chosen: torch.Tensor) -> torch.Tensor:
        """Some pictures, shape (count, height, width, 3).

        Args:
            chosen: int64, shape (count,).
        """
        if not self._shift and not self._flip:
            return self._pixels[chosen]
        total, height, width = self._pixels.shape[:3]
        count, device, shift = len(chosen), self._pixels.device, self._shift
        moves = torch.randint(-shift, shift + 1, (2, count, 1), device=device)
        rows = (torch.arange(height, device=device) + moves[0]).clamp(0, height - 1)
        pictures, columns = chosen[:, None], moves[1]
        if self._flip:
            mirrored = torch.rand((count, 1), device=device) < 0.5
            pictures = pictures + total * mirrored
            columns = torch.where(mirrored, -columns, columns)
        first = (pictures * height + rows) * (width + 2 * shift) + shift + columns
        return self._rows.index_select(0, first.view(-1)).view(count, height, width, 3)


def _every_row(pixels: torch.Tensor, shift: int, flip: bool) -> torch.Tensor:
    """Each run of `width` pixels, shape (pixels, width * 3): rows that overlap in memory."""
    total, height, width = pixels.shape[:3]
    wide = pixels.new_empty((total * (1 + flip), height, width + 2 * shift, 3))
    inside = wide[:, :, shift : shift + width]
    inside[:total] = pixels
    if flip:
        inside[total:] = pixels.flip(2)
    wide[:, :, :shift] = inside[:, :, :1]
    wide[:, :, shift + width :] = inside[:, :, -1:]
    runs = wide.numel() // 3 - width + 1
    return wide.as_strided((runs, width * 3), (3, 1))


def augment_scaled(given: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Rotate each picture independently, and cut a square out of it.

    Args:
        given: float32, shape (n, 3, height, width), 0 being the mean colour.
    """
    if recipe.rotate:
        angles = (2 * torch.rand(len(given), device=given.device) - 1) * recipe.rotate
        given = rotate(given, angles)
    if recipe.cutout:
        given = _cut_out(given, recipe.cutout)
    return given


def mix_pairs(given: torch.Tensor, alpha: float) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Each picture of a batch blended with another one of it (Zhang et al. 2018).

    Args:
        given: float32, shape (n, 3, height, width).
        alpha: of the Beta distribution that the one weight of the batch is drawn from.

    Returns:
        The blends; which picture each was blended with, shape (n,); the weight of the first.
    """
    kept = float(torch.distributions.Beta(alpha, alpha).sample())
    other = torch.randperm(len(given), device=given.device)
    return kept * given + (1 - kept) * given[other], other, kept


def rotate(given: torch.Tensor, degrees: torch.Tensor) -> torch.Tensor:
    """Each picture rotated clockwise about its centre, bilinearly; edges are repeated.

    Args:
        given: float32, shape (n, channels, height, width).
        degrees: shape (n,).
    """
    count, _, height, width = given.shape
    cosine, sine = (degrees * (math.pi / 180)).cos(), (degrees * (math.pi / 180)).sin()
    # Where each pixel comes from. Coordinates run from -1 to 1 along both sides.
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
    """True at `side` consecutive positions, from a random start; shape (count, length)."""
    first = torch.randint(max(length - side, 0) + 1, (count, 1), device=device)
    indices = torch.arange(length, device=device)
    return (indices >= first) & (indices < first + side)
