"""A small collection in both layouts, of many users: a run over it takes seconds."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from bench.scale.collections import add

TARS, TABLES, SAMPLES = 24, 8, 16
USERS = 48
WIDTH, HEIGHT = 240, 180


def write_small_shards(folder: Path) -> None:
    """Webdataset shards and Hugging Face shards; each sample names its user."""
    folder.mkdir(parents=True)
    for shard in range(TARS):
        with tarfile.open(folder / f"{shard:05}.tar", "w") as archive:
            for number in range(shard * SAMPLES, (shard + 1) * SAMPLES):
                add(archive, f"{number:06}.jpg", _jpeg(number))
                add(archive, f"{number:06}.json", json.dumps({"user": _user(number)}).encode())
    for shard in range(TABLES):
        numbers = range((TARS + shard) * SAMPLES, (TARS + shard + 1) * SAMPLES)
        pictures = [{"bytes": _jpeg(number), "path": f"{number}.jpg"} for number in numbers]
        table = pa.table({"image": pictures, "user": [_user(number) for number in numbers]})
        pq.write_table(table, folder / f"train-{shard:05}.parquet", row_group_size=8)


def _user(number: int) -> str:
    return f"user-{number % USERS}"


def _jpeg(seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(20, 235, (7, 9, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    pixels = np.clip(smooth + rng.normal(0, 6, smooth.shape), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()
