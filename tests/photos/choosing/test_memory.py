"""The memory that is foretold from a header, against what marking takes in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from photo_files import encode, png, scene
from PIL import Image

from isotopes.errors import PhotoError
from isotopes.photos.choosing.memory import memory_needed, read_picture_header

HEIGHT, WIDTH = 1600, 2400
SCRIPT = """
import json, sys
from pathlib import Path

from isotopes.blending import Insertion
from isotopes.marks import get_family
from isotopes.photos import mark_bytes

def status(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))

mark = get_family("gratings").draw(bytes(32), 0)
mark_bytes(Path(sys.argv[2]).read_bytes(), mark, Insertion.blend(0.3))  # loads the libraries
before = status("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
mark_bytes(Path(sys.argv[1]).read_bytes(), mark, Insertion.blend(0.3))
print(json.dumps(status("VmHWM") - before))
"""


def deep(pixels: np.ndarray, *channels: np.ndarray) -> bytes:
    return cv2.imencode(".png", np.dstack([pixels.astype(np.uint16) * 257, *channels]))[1].tobytes()


def with_alpha(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.dstack([pixels, np.full(pixels.shape[:2], 200, np.uint8)]))


KINDS = {
    "JPEG 4:2:0": lambda p: encode(p, "JPEG"),
    "JPEG 4:4:4": lambda p: encode(p, "JPEG", subsampling=0),
    "JPEG progressive": lambda p: encode(p, "JPEG", progressive=True),
    "JPEG grey": lambda p: encode(Image.fromarray(p).convert("L"), "JPEG"),
    "JPEG RGB": lambda p: encode(p, "JPEG", keep_rgb=True),
    "PNG": lambda p: encode(p, "PNG", compress_level=1),
    "PNG alpha": lambda p: encode(with_alpha(p), "PNG", compress_level=1),
    "PNG grey": lambda p: encode(Image.fromarray(p).convert("L"), "PNG", compress_level=1),
    "PNG palette": lambda p: encode(Image.fromarray(p).quantize(64, 2), "PNG", compress_level=1),
    "PNG 1 bit": lambda p: png((p[..., :1] > 128).astype(np.uint8), 0, 1),
    "PNG 16 bits": deep,
    "PNG 16 bits, alpha": lambda p: deep(p, np.full(p.shape[:2], 50_000, np.uint16)),
    "PNG 16 bits, grey": lambda p: cv2.imencode(".png", p[..., 0].astype(np.uint16) * 257)[
        1
    ].tobytes(),
    "WebP": lambda p: encode(p, "WEBP", method=0),
    "WebP alpha": lambda p: encode(with_alpha(p), "WEBP", method=0),
    "WebP lossless": lambda p: encode(p, "WEBP", lossless=True, quality=0, method=0),
    "TIFF": lambda p: encode(p, "TIFF", compression="tiff_lzw"),
    "TIFF raw": lambda p: encode(p, "TIFF"),
    "TIFF alpha": lambda p: encode(with_alpha(p), "TIFF", compression="tiff_lzw"),
    "TIFF palette": lambda p: encode(Image.fromarray(p).quantize(64, 2), "TIFF"),
    "TIFF 16 bits, grey": lambda p: encode(
        Image.fromarray(p[..., 0].astype(np.uint16) * 257), "TIFF"
    ),
    "HEIC": lambda p: heic(Image.fromarray(p)),
    "HEIC alpha": lambda p: heic(with_alpha(p)),
}


def heic(picture: Image.Image) -> bytes:
    pytest.importorskip("pillow_heif").register_heif_opener()
    # How it was coded is nothing to decoding it, and the usual preset takes seven times as long.
    return encode(picture, "HEIF", quality=40, enc_params={"preset": "ultrafast"})


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux only")
@pytest.mark.parametrize("kind", KINDS)
def test_the_estimate_is_above_the_peak_and_not_far(tmp_path: Path, kind: str) -> None:
    path, small = tmp_path / "picture", tmp_path / "small"
    path.write_bytes(KINDS[kind](scene(HEIGHT, WIDTH)))
    small.write_bytes(KINDS[kind](scene(64, 64)))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), str(small)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    peak, estimate = json.loads(done.stdout), memory_needed(path)
    assert 0.95 * peak < estimate < 5 * peak, f"{peak / HEIGHT / WIDTH:.1f} bytes a pixel"


def test_a_large_header_is_believed_and_nothing_decoded(tmp_path: Path) -> None:
    data = bytearray(png(np.zeros((1, 1, 4)), 6, 16))
    data[16:24] = (15_700).to_bytes(4, "big") * 2
    (tmp_path / "a.png").write_bytes(data)
    assert read_picture_header(tmp_path / "a.png").pixels == 246_490_000
    assert memory_needed(tmp_path / "a.png") > 6.4e9


def test_what_is_no_picture_has_no_header(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a tree")
    with pytest.raises(PhotoError, match="not a picture that can be marked"):
        memory_needed(tmp_path / "a.png")
