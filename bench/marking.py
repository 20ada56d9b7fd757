"""What does marking a photo cost over decoding and encoding it? `python -m bench.marking`

One core, a 12-megapixel JPEG in a folder of one camera's photos, so that the mark is rendered
already (the first photo has a row of its own):
  bare          Pillow decodes and encodes it in memory, same tables and sampling;
  pixels        the whole path of `isotopes mark` from file to file, through pixels;
  coefficients  the same on DCT coefficients.
They take turns; a ratio is the median of the ratios within each turn. Then a folder of such photos
with one and two processes, and the peak memory of 200 and of 2,000 photos of 1.2 megapixels.
Times are those of the clock, which need an idle machine; those of the processor, in the columns
cpu_ms and cpu_ratio, hardly change when it has other work. Linux only (affinity, /proc).
"""

from __future__ import annotations

import io
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import cv2
import numpy as np
from PIL import Image

from bench.record import record
from isotopes.marks import Mark, get_family
from isotopes.photos import Job, Workers, mark_photos
from isotopes.photos.jpeg import blend as jpeg_blend
from isotopes.photos.jpeg import coefficients as jpeg_coefficients
from isotopes.photos.jpeg import spectrum as jpeg_spectrum
from isotopes.photos.run.worker import carry_out_job

LARGE, SMALL = (3024, 4032), (960, 1280)
ALPHA = 0.3
TURNS, COLD_TURNS = 40, 5
FOLDER, FOLDER_TURNS = 1000, 2  # so many that starting processes (a second) hardly counts
MEMORY_FOLDERS = (200, 2000)
Row = dict[str, object]


class Took(NamedTuple):
    """Seconds of the clock, and of all processors together."""

    clock: float
    processor: float


def main() -> None:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows += time_single(folder)
        rows += time_processes(folder)
        rows += compare_memory(folder)
    record("marking", rows, "python -m bench.marking")


def time_single(folder: Path) -> Iterator[Row]:
    path = folder / "photo.jpg"
    path.write_bytes(make_photo(*LARGE, seed=0))
    megabytes = round(path.stat().st_size / 1e6, 2)
    ways: dict[str, Callable[[], Took]] = {
        "bare": lambda: timed(partial(decode_and_encode, path.read_bytes())),
        "pixels": lambda: through_pixels(path),
        "coefficients": lambda: on_coefficients(path),
    }
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    cv2.setNumThreads(1)
    try:
        for way in ways.values():
            way()
        turns = [{name: way() for name, way in ways.items()} for _ in range(TURNS)]
        cold = [first_photo(path) for _ in range(COLD_TURNS)]
    finally:
        os.sched_setaffinity(0, cores)
    bare = [turn["bare"] for turn in turns]
    for name, goal in (("bare", ""), ("pixels", "at most 1.20"), ("coefficients", "at most 0.9")):
        took = [turn[name] for turn in turns]
        measure = f"one photo, 12.2 megapixels, {megabytes} MB: {name}"
        yield {**spread(measure, took), **ratios(took, bare), "goal": goal}
    yield spread("the first photo of its kind: coefficients", cold)


def time_processes(folder: Path) -> Iterator[Row]:
    source = make_folder(folder / "large", FOLDER, LARGE)
    took: dict[int, list[Took]] = {1: [], 2: []}
    for turn in range(FOLDER_TURNS):
        for workers, times in took.items():
            times.append(timed(partial(mark_folder, source, workers, f"{workers}-{turn}")))
    for workers, times in took.items():
        measure = f"{FOLDER} such photos, {workers} process(es), start included"
        goal = "at most 0.56 (1.8 times as fast)" if workers == 2 else ""
        yield {**spread(measure, times), **ratios(times, took[1]), "goal": goal}


def compare_memory(folder: Path) -> Iterator[Row]:
    peaks = {}
    for count in MEMORY_FOLDERS:
        source = make_folder(folder / f"small-{count}", count, SMALL)
        peaks[count] = peak_memory(source)
        ratio = peaks[count] / peaks[MEMORY_FOLDERS[0]]
        yield {
            "measure": f"peak memory, {count} photos of 1.2 megapixels, 2 processes and the parent",
            "n": 1,
            "mib": round(peaks[count] / 2**20),
            "ratio": round(ratio, 2),
            "goal": "within 10 %" if count == MEMORY_FOLDERS[1] else "",
        }


def make_photo(height: int, width: int, seed: int) -> bytes:
    """A real photo (scikit-learn's) enlarged, with a sensor's noise, as a camera would store it."""
    from sklearn.datasets import load_sample_images  # not in the processes that mark

    pixels = load_sample_images().images[seed % 2]
    large = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LANCZOS4)
    noise = np.random.default_rng(seed).normal(0, 4, (height, width, 1))
    picture = np.clip(np.rint(large + noise), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def make_folder(folder: Path, count: int, size: tuple[int, int]) -> Path:
    folder.mkdir()
    photos = [make_photo(*size, seed) for seed in range(4)]
    for index in range(count):
        (folder / f"{index:04}.jpg").write_bytes(photos[index % len(photos)])
    return folder


@cache
def the_mark() -> Mark:
    """Drawn once, as in `isotopes mark`: drawing leaves BLAS threads that spin for a while."""
    return get_family("gratings").draw(bytes(32), 0)


def decode_and_encode(data: bytes) -> None:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    picture.save(io.BytesIO(), "JPEG", quality="keep")


def on_coefficients(path: Path) -> Took:
    """From file to file: read, hash, mark, hash, write, sync and rename."""
    part, target = path.with_suffix(".part"), path.with_suffix(".marked")
    job = Job(path.name, path, target, the_mark(), ALPHA)

    def run() -> None:
        carry_out_job(job, part)
        part.rename(target)

    return timed(run)


def through_pixels(path: Path) -> Took:
    with mock.patch.object(jpeg_coefficients, "available", lambda: False):
        return on_coefficients(path)


def first_photo(path: Path) -> Took:
    jpeg_spectrum.spectra.cache_clear()
    jpeg_blend.component_shares.cache_clear()
    return on_coefficients(path)


def mark_folder(source: Path, workers: int, name: str) -> None:
    output = source.with_name(f"{source.name}-{name}")
    mark = the_mark()
    files = sorted(source.iterdir())
    jobs = [Job(file.name, file, output / file.name, mark, ALPHA) for file in files]
    journal = output.with_suffix(".sqlite")
    with Workers(workers) as pool:
        mark_photos(jobs, output=output, journal=journal, workers=pool)
    for file in output.iterdir():
        file.unlink()


def peak_memory(source: Path) -> int:
    """Bytes that a fresh process and its children held at once, at most."""
    process = multiprocessing.get_context("spawn").Process(
        target=mark_folder, args=(source, 2, "memory")
    )
    process.start()
    peak = 0
    while process.is_alive():
        peak = max(peak, sum(resident(pid) for pid in family(process.pid or 0)))
        time.sleep(0.02)
    if process.exitcode != 0:
        raise RuntimeError(f"marking ended with exit code {process.exitcode}")
    return peak


def family(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(c) for task in tasks for c in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(below for child in children for below in family(child))]


def resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def timed(run: Callable[[], object]) -> Took:
    before = processor_seconds()
    start = time.perf_counter()
    run()
    return Took(time.perf_counter() - start, processor_seconds() - before)


def processor_seconds() -> float:
    """Of all threads of this process and of all children that have ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def ratios(took: list[Took], base: list[Took]) -> Row:
    pairs = list(zip(took, base, strict=True))
    return {
        "ratio": round(statistics.median(t.clock / b.clock for t, b in pairs), 2),
        "cpu_ratio": round(
            statistics.median(t.processor for t in took)
            / statistics.median(b.processor for b in base),
            2,
        ),
    }


def spread(measure: str, took: list[Took]) -> Row:
    """Median and the range that four of five runs fell into (all, below ten runs)."""
    clock = [t.clock * 1000 for t in took]
    low, high = np.quantile(clock, (0.1, 0.9) if len(took) >= 10 else (0, 1))
    return {
        "measure": measure,
        "n": len(took),
        "median_ms": round(statistics.median(clock), 1),
        "low_ms": round(float(low), 1),
        "high_ms": round(float(high), 1),
        "cpu_ms": round(statistics.median(t.processor * 1000 for t in took), 1),
    }


if __name__ == "__main__":
    main()
