"""What marks look like: draws docs/pictures/marks.jpg, which docs/marks.md shows.

`python -m bench.mark_pictures`. The photos are china.jpg by danielbuechele and flower.jpg by
vultilion, CC BY 2.0, as scikit-learn ships them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from bench.visibility import shipped_photos
from isotopes.blending import blend
from isotopes.marks import get_family

TARGET = Path(__file__).parents[1] / "docs" / "pictures" / "marks.jpg"
FAMILIES = ("tints", "grade", "bent", "gratings", "dead_leaves")
WIDTH, GAP, LINE = 240, 6, 18


def main() -> None:
    rows = []
    for photo in shipped_photos():
        for name in FAMILIES:
            family = get_family(name)
            mark = family.draw(bytes(32), 0)
            cells = [_cell(photo, "before")]
            for word, alpha in family.visibilities.items():
                cells.append(_cell(blend(photo, mark, alpha), f"{name}, {word} ({alpha:g})"))
            rows.append(np.concatenate(cells, axis=1))
    TARGET.parent.mkdir(exist_ok=True)
    Image.fromarray(np.concatenate(rows)).save(TARGET, quality=88)


def _cell(pixels: NDArray[np.uint8], text: str) -> NDArray[np.uint8]:
    height = round(pixels.shape[0] * WIDTH / pixels.shape[1])
    small = Image.fromarray(pixels).resize((WIDTH, height), Image.Resampling.LANCZOS)
    cell = Image.new("RGB", (WIDTH + GAP, height + GAP + LINE), "white")
    cell.paste(small, (0, 0))
    font = ImageFont.load_default(12)
    ImageDraw.Draw(cell).text((0, height + 2), text, "black", font)
    return np.asarray(cell)


if __name__ == "__main__":
    main()
