"""How near do marked JPEGs come to the exact blend, on coefficients and through pixels?

`python -m bench.fidelity [PARQUET]` with real photos as JPEG bytes in the column `image`, by
default those under ../shared/data/natural. The exact blend is that of the decoded picture with the
mark in float64, neither rounded nor encoded again; for coefficients, that of the file's own ones.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet
import scipy.fft
from numpy.typing import NDArray
from PIL import Image

from bench.record import record
from isotopes.blending import Insertion
from isotopes.marks import Mark, get_family
from isotopes.photos.jpeg.coefficients import mark_coefficients
from isotopes.photos.jpeg.dct import CENTRES, COLOURS
from isotopes.photos.jpeg.header import Frame, Grid, read_jpeg_header
from isotopes.photos.jpeg.through_pixels import mark_pixels
from isotopes.photos.jpeg.transcode import Coefficients, transcode

NATURAL = Path(__file__).parents[2] / "shared/data/natural/train-00000-of-00001.parquet"
PHOTOS = 100
FAMILIES = ("gratings", "dead_leaves", "image_blend", "random_pixels")
ALPHAS = (0.1, 0.4)
Floats = NDArray[np.float64]


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else NATURAL
    rows = pyarrow.parquet.read_table(path).column("image").to_pylist()
    photos = [row["bytes"] for row in rows[:: max(len(rows) // PHOTOS, 1)]]
    photos = [data for data in photos if read_jpeg_header(data) is not None]
    record("fidelity", list(measure(photos)), "python -m bench.fidelity")


def measure(photos: list[bytes]) -> Iterator[dict[str, object]]:
    for family in FAMILIES:
        mark = get_family(family).draw(bytes(32), 0)
        for alpha in ALPHAS:
            found: dict[str, list[dict[str, float]]] = {"coefficients": [], "pixels": []}
            for data in photos:
                pixels, spectrum = (
                    exact_pixels(data, mark, alpha),
                    exact_spectrum(data, mark, alpha),
                )
                out = mark_coefficients(data, mark, Insertion.blend(alpha))
                if out is None:
                    raise RuntimeError("a photo that was to be marked on its coefficients was not")
                found["coefficients"].append(errors(data, out, pixels, spectrum))
                out = mark_pixels(data, mark, Insertion.blend(alpha))
                found["pixels"].append(errors(data, out, pixels, spectrum))
            for way, each in found.items():
                yield {"family": family, "alpha": alpha, "way": way, **summary(each)}


def errors(data: bytes, out: bytes, pixels: Floats, spectrum: list[Floats]) -> dict[str, float]:
    """What `out` is off the exact blend: in levels of 255, and in quantisation steps."""
    levels = np.abs(decoded(out) - pixels)
    steps = np.concatenate(
        [np.ravel(a - b) for a, b in zip(coefficients(out), spectrum, strict=True)]
    )
    return {
        "psnr": float(10 * np.log10(255**2 / np.square(levels).mean())),
        "mean_level": float(levels.mean()),
        "max_level": float(levels.max()),
        "rms_step": float(np.sqrt(np.square(steps).mean())),
        "max_step": float(np.abs(steps).max()),
        "size": len(out) / len(data),
    }


def summary(each: list[dict[str, float]]) -> dict[str, object]:
    column = {name: np.array([row[name] for row in each]) for name in each[0]}
    return {
        "photos": len(each),
        "psnr_db": round(float(column["psnr"].mean()), 2),
        "psnr_sd": round(float(column["psnr"].std(ddof=1)), 2),
        "mean_level": round(float(column["mean_level"].mean()), 2),
        "max_level": round(float(column["max_level"].max())),
        "rms_step": round(float(column["rms_step"].mean()), 3),
        "max_step": round(float(column["max_step"].max()), 2),
        "size_ratio": round(float(column["size"].mean()), 3),
    }


def decoded(data: bytes) -> Floats:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(np.float64)


def coefficients(data: bytes) -> list[Coefficients]:
    found: list[Coefficients] = []
    transcode(data, lambda parts: found.extend(p.copy() for p in parts), reuse_tables=False)
    return found


def exact_pixels(data: bytes, mark: Mark, alpha: float) -> Floats:
    before = decoded(data)
    rendered = mark.render(*before.shape[:2])
    weight = alpha * rendered.full_mask[..., None]
    return np.asarray((1 - weight) * before + weight * rendered.pixels)


def exact_spectrum(data: bytes, mark: Mark, alpha: float) -> list[Floats]:
    frame = frame_of(data)
    rendered = mark.render(frame.height, frame.width)
    mask = rendered.full_mask.astype(np.float64)
    colours = rendered.pixels @ COLOURS.T.astype(np.float64) - np.array(CENTRES)
    exact = []
    for index, old in enumerate(coefficients(data)):
        component = frame.components[index]
        steps = np.array(component.steps, np.float64).reshape(8, 8)
        blocks = old.reshape(*old.shape[:2], 8, 8) * steps
        samples = scipy.fft.idctn(blocks, axes=(2, 3), norm="ortho")
        weight = alpha * means(mask, component.grid)
        samples = (1 - weight) * samples + alpha * means(colours[..., index] * mask, component.grid)
        spectrum = scipy.fft.dctn(samples, axes=(2, 3), norm="ortho") / steps
        exact.append(np.clip(spectrum, -1024, 1023).reshape(old.shape))
    return exact


def means(plane: Floats, grid: Grid) -> Floats:
    """Blocks of the mean over each sample's pixels, shape (rows, columns, 8, 8)."""
    height, width = grid.rows * 8 * grid.down, grid.columns * 8 * grid.across
    wide = np.pad(plane, ((0, height - len(plane)), (0, width - plane.shape[1])), mode="edge")
    samples = wide.reshape(-1, grid.down, width // grid.across, grid.across).mean(axis=(1, 3))
    blocks: Floats = samples.reshape(grid.rows, 8, grid.columns, 8).swapaxes(1, 2)
    return blocks


def frame_of(data: bytes) -> Frame:
    header = read_jpeg_header(data)
    if header is None:
        raise ValueError("not a photo whose coefficients can be read")
    return header.frame


if __name__ == "__main__":
    main()
