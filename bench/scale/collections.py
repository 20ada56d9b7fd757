"""Shards of JPEGs to mark."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from isotopes.canonical import digest_file

WIDTH, HEIGHT = 832, 624  # 0.52 megapixels
DIFFERENT = 64  # pictures; they come again under other keys
QUALITY = 90


def write_shards(folder: Path, pictures: int, per_shard: int) -> None:
    """Webdataset shards with a caption beside each picture."""
    files = [_jpeg(seed) for seed in range(min(DIFFERENT, pictures))]
    folder.mkdir(parents=True)
    for first in range(0, pictures, per_shard):
        with tarfile.open(folder / f"{first // per_shard:05}.tar", "w") as archive:
            for number in range(first, min(first + per_shard, pictures)):
                _add(archive, f"{number:09}.jpg", files[number % len(files)])
                _add(archive, f"{number:09}.txt", b"a caption of usual length, for all of them")


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def _jpeg(seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(20, 235, (13, 17, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    pixels = np.clip(smooth + rng.normal(0, 6, smooth.shape), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def hashes(folder: Path) -> dict[str, str]:
    """Of all files below a folder, by their relative names."""
    return {
        path.relative_to(folder).as_posix(): digest_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
