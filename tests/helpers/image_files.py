"""Small image sets on disk, in both layouts, of pictures that can be told apart by their colour."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

NAMES = ("red", "green", "blue")


def png(label: int, number: int, side: int = 8) -> bytes:
    """A picture in the label's colour; its green or red tells its number."""
    pixels = np.zeros((side, side, 3), np.uint8)
    pixels[..., label] = 200
    pixels[0, 0] = number
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def write_parquet(
    path: Path, labels: list[int], *, names: bool = True, first: int = 0, group: int = 4
) -> None:
    """One file as Hugging Face writes it, in row groups of `group` pictures."""
    rows = [
        {"bytes": png(label, first + place), "path": f"{first + place}.png"}
        for place, label in enumerate(labels)
    ]
    table = pa.table({"image": rows, "label": pa.array(labels, pa.int64())})
    if names:
        told = {"info": {"features": {"label": {"names": list(NAMES)}}}}
        table = table.replace_schema_metadata({"huggingface": json.dumps(told)})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=group)


def write_folders(folder: Path, count: int, side: int = 8) -> None:
    """`count` pictures in a folder for each label."""
    for label, name in enumerate(NAMES):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            (folder / name / f"{number:02}.png").write_bytes(png(label, number, side))
