"""Shards of JPEGs to mark."""

from __future__ import annotations

import io
import tarfile
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from isotopes.canonical import digest_file
from isotopes.files import atomic_write

WIDTH, HEIGHT = 832, 624  # 0.52 megapixels
SCENES = 64  # drawn; every picture shifts one of them by a distance of its own
QUALITY = 90


def write_shards(folder: Path, pictures: int, per_shard: int) -> None:
    """Webdataset shards of different pictures, with a caption beside each.

    Shards that are there already, from a run that was stopped, are kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write = partial(_write_shard, folder, pictures, per_shard)
    with ProcessPoolExecutor() as pool:
        list(pool.map(write, range(0, pictures, per_shard)))


def _write_shard(folder: Path, pictures: int, per_shard: int, first: int) -> None:
    path = folder / f"{first // per_shard:05}.tar"
    if path.exists():
        return
    with atomic_write(path) as part, tarfile.open(part, "w") as archive:
        for number in range(first, min(first + per_shard, pictures)):
            add(archive, f"{number:09}.jpg", _jpeg(number))
            add(archive, f"{number:09}.txt", b"a caption of usual length, for all of them")


def add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    """Append a member."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def _jpeg(number: int) -> bytes:
    down, across = divmod(number // SCENES, WIDTH)
    shifted = np.roll(_scene(number % SCENES), (down, across), (0, 1))
    file = io.BytesIO()
    Image.fromarray(shifted).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


@cache
def _scene(seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(20, 235, (13, 17, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    noisy = smooth + rng.normal(0, 6, smooth.shape)
    return np.asarray(noisy.clip(0, 255), np.uint8)


def hashes(folder: Path) -> dict[str, str]:
    """Of all files below a folder, by their relative names."""
    return {
        path.relative_to(folder).as_posix(): digest_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
