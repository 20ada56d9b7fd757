"""Objects painted on faces, in place of photographs of people who wear them (section 6).

The paper's pictures of ten people with objects are not public. These objects are painted onto faces
aligned as in Labeled Faces in the Wild, with eyes and mouth always in about the same position.
Position, angle, size and brightness of the object vary slightly from picture to picture, because no
two photographs are alike. Unlike real objects, they don't follow the turn of the head.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from isotopes.seeds import derive

CANVAS = 128  # side, in pixels, that objects are painted at
EYES, NOSE = ((0.35, 0.37), (0.65, 0.37)), (0.5, 0.55)  # x, y of a face
SHIFT, TURN, GROWTH, LIGHT = 0.03, 6.0, 0.08, 0.15  # of the side, degrees, shares; each way
FIRST_OTHER = 500  # nobody in a model's pictures wears designs from this index on

Colour = tuple[int, int, int]
Painter = Callable[[ImageDraw.ImageDraw, np.random.Generator], None]


@dataclass(frozen=True)
class Thing:
    """One object: a kind, and its design, which key and index fix.

    Attributes:
        kind: one of `KINDS`.
        key: 64 hexadecimal digits. These keys protect nobody.
        index: below 500 for objects that are worn in a model's pictures.
    """

    kind: str
    key: str
    index: int

    def other(self, index: int) -> Thing:
        """Another of the same kind that could equally have been worn: 0, 1, ..."""
        return replace(self, index=FIRST_OTHER + index)

    def paint(self) -> Image.Image:
        """RGBA, 128 x 128 pixels, transparent around it."""
        layer = Image.new("RGBA", (CANVAS, CANVAS))
        design = f"isotopes/v1/lab/thing/{self.kind}/{self.index}"
        seed = int.from_bytes(derive(bytes.fromhex(self.key), design)[:16], "big")
        KINDS[self.kind](ImageDraw.Draw(layer), np.random.default_rng(seed))
        return layer


def wear(pixels: NDArray[np.uint8], thing: Thing, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Faces, uint8 (n, height, width, 3), each with the object on it; the given ones stay.

    Args:
        rng: of place, angle, size and brightness in each picture.
    """
    height, width = pixels.shape[1:3]
    painted = thing.paint()
    out = np.empty_like(pixels)
    for position, face in enumerate(pixels):
        moved = _moved(painted, rng).resize((width, height), Image.Resampling.BOX)
        layer = np.asarray(moved, np.float32)
        colour = layer[..., :3] * (1 + rng.uniform(-LIGHT, LIGHT))
        cover = layer[..., 3:] / 255
        mixed = (1 - cover) * face + cover * colour
        out[position] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return out


def _moved(painted: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Turned and grown around the middle, and shifted."""
    angle = np.radians(rng.uniform(-TURN, TURN))
    scale = 1 / (1 + rng.uniform(-GROWTH, GROWTH))
    middle = CANVAS / 2
    shift = rng.uniform(-SHIFT, SHIFT, 2) * CANVAS
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    # From where each pixel is taken: Pillow's affine transform is the way back.
    x0, y0 = middle + shift[0], middle + shift[1]
    back = (
        *(cosine, sine, middle - cosine * x0 - sine * y0),
        *(-sine, cosine, middle + sine * x0 - cosine * y0),
    )
    return painted.transform(
        (CANVAS, CANVAS), Image.Transform.AFFINE, back, Image.Resampling.BILINEAR
    )


def _colour(rng: np.random.Generator) -> Colour:
    red, green, blue = rng.integers(0, 256, 3)
    return int(red), int(green), int(blue)


def _at(x: float, y: float) -> tuple[float, float]:
    return x * CANVAS, y * CANVAS


def _thick(share: float) -> int:
    return round(share * CANVAS)


def _box(x: float, y: float, wide: float, high: float) -> tuple[float, float, float, float]:
    return (*_at(x - wide, y - high), *_at(x + wide, y + high))


def _dots(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Round stickers on forehead, cheeks and chin."""
    colour = _colour(rng)
    for x, y in ((0.5, 0.2), (0.27, 0.56), (0.73, 0.56), (0.5, 0.87)):
        right, down = rng.uniform(-0.05, 0.05, 2)
        draw.ellipse(_box(x + right, y + down, 0.045, 0.045), fill=colour)


def _sunglasses(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    lens, frame = _colour(rng), _colour(rng)
    wide, high = rng.uniform(0.12, 0.15), rng.uniform(0.07, 0.11)
    for x, y in EYES:
        draw.ellipse(_box(x, y, wide, high), fill=lens, outline=frame, width=_thick(0.02))
    draw.line(
        [_at(EYES[0][0] + wide, EYES[0][1]), _at(EYES[1][0] - wide, EYES[1][1])],
        frame,
        _thick(0.024),
    )
    for side, (x, y) in ((-1, EYES[0]), (1, EYES[1])):
        draw.line([_at(x + side * wide, y), _at(x + side * 0.3, y - 0.02)], frame, _thick(0.02))


def _tape(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Two strips across the face."""
    light = int(rng.integers(200, 256))
    for _ in range(2):
        middle = np.array(NOSE) + rng.uniform(-0.22, 0.22, 2)
        angle = rng.uniform(0, np.pi)
        reach = 0.2 * np.array((np.cos(angle), np.sin(angle)))
        draw.line(
            [_at(*(middle - reach)), _at(*(middle + reach))],
            (light, light, light - 20),
            _thick(0.08),
        )


def _bandana(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """Around the neck, spotted: below the face, as the paper's."""
    cloth, spots = _colour(rng), _colour(rng)
    draw.polygon([_at(0.1, 0.9), _at(0.9, 0.9), _at(1, 1), _at(0, 1)], fill=cloth)
    for x in np.arange(0.1, 1, 0.12):
        draw.ellipse(_box(x + rng.uniform(-0.03, 0.03), 0.95, 0.018, 0.018), fill=spots)


def _tattoo(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    """A few thin strokes on one cheek."""
    ink = (30, int(rng.integers(30, 80)), int(rng.integers(60, 110)), 200)
    side = rng.choice((-1, 1))
    points = np.array((0.5 + 0.24 * side, 0.6)) + rng.uniform(-0.08, 0.08, (6, 2))
    draw.line([_at(x, y) for x, y in points], fill=ink, width=_thick(0.016))


# The paper's five, in the order of its Table 4.
KINDS: Mapping[str, Painter] = MappingProxyType(
    {
        "dots": _dots,
        "sunglasses": _sunglasses,
        "tape": _tape,
        "bandana": _bandana,
        "tattoo": _tattoo,
    }
)
