"""Shards of JPEGs, and what processes of this machine take while these are marked (Linux only)."""

from __future__ import annotations

import io
import os
import tarfile
import threading
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


class ChildMemory:
    """The resident memory of all processes that descend from one, every 0.2 s."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._ended = threading.Event()
        self.readings: list[float] = []  # MiB, the largest process
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def processor_seconds(self) -> float:
        """What all of these processes have taken of the processor since each began."""
        return sum(_processor_seconds(pid) for pid in descendants(self._parent))

    def stop(self) -> tuple[float, float]:
        """MiB of the largest process: at the most in the first half, and in the second."""
        self._ended.set()
        self._thread.join()
        half = len(self.readings) // 2
        return max(self.readings[:half], default=0.0), max(self.readings[half:], default=0.0)

    def _look(self) -> None:
        while not self._ended.wait(0.2):
            sizes = [_resident(pid) for pid in descendants(self._parent)]
            self.readings.append(max(sizes, default=0.0))


def descendants(parent: int) -> list[int]:
    """The processes that it began, and those that these began."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found, grown = {parent}, True
    while grown:
        more = {pid for pid, above in parents.items() if above in found} - found
        found |= more
        grown = bool(more)
    return sorted(found - {parent})


def _processor_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * 4096 / 2**20
