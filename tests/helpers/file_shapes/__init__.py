"""Picture files as cameras, phones, drones and editors write them, made here; none is copied.

`SHAPES` has one of each. All that are shown upright show `picture()`.
"""

from __future__ import annotations

from file_shapes.heic import heic_shapes
from file_shapes.jpeg import jpeg_shapes
from file_shapes.png import png_shapes
from file_shapes.shape import Shape
from file_shapes.tiff import tiff_shapes
from file_shapes.webp import webp_shapes

SHAPES: dict[str, Shape] = {
    shape.name: shape
    for make in (jpeg_shapes, png_shapes, webp_shapes, tiff_shapes, heic_shapes)
    for shape in make()
}

__all__ = ["SHAPES", "Shape"]
