"""Every file shape through `mark` and both strips, with readers of other people as judges."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from file_shapes import SHAPES, Shape
from photo_files import gratings
from PIL import Image
from same_process import SameProcess
from twins import embedded_pictures, mark_from_twin, unfolded

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.photos import Fate, mark_bytes, mark_photos, plan_jobs, scan
from isotopes.photos.formats import recognise
from isotopes.photos.orientation import stored_mark

ALPHA = 0.4
NAMES = sorted(SHAPES)
MARKED = [name for name in NAMES if SHAPES[name].marked]
LOSSLESS = {".png", ".tif"}
EXACT = 48  # dB: rounding alone


pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # on files that are odd


def mark_file(shape: Shape) -> bytes:
    return mark_bytes(shape.data, gratings(), Insertion.blend(ALPHA)).data


def stored_pixels(data: bytes) -> np.ndarray:
    """As another reader decodes them: float in levels of 255, (height, width, samples)."""
    if data[:2] in {b"II", b"MM"}:
        pixels = _tiff_pixels(data)
    elif data[:4] == b"\x89PNG" and data[24] == 16:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        pixels = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    else:
        with Image.open(io.BytesIO(data)) as picture:
            kept = picture.mode in {"L", "RGB", "RGBA"}
            pixels = np.asarray(picture if kept else picture.convert("RGB"))
    deep = 257 if pixels.dtype == np.uint16 else 1
    return np.atleast_3d(pixels).astype(float) / deep


def _tiff_pixels(data: bytes) -> np.ndarray:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        try:
            pixels = page.asarray()
        except (
            ValueError,
            ModuleNotFoundError,
        ):  # LZW, PackBits and JPEG need a library that isn't here
            return _pillow_or_opencv(data)
        if page.photometric == 3:
            return (page.colormap[:, pixels] >> 8).astype(np.uint8).transpose(1, 2, 0)
        pixels = pixels.transpose(1, 2, 0) if page.planarconfig == 2 else pixels
        return np.iinfo(pixels.dtype).max - pixels if page.photometric == 0 else pixels


def _pillow_or_opencv(data: bytes) -> np.ndarray:
    deep = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is not None and deep.dtype == np.uint16:
        return deep[..., ::-1] if deep.ndim == 3 else deep
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture if picture.mode == "L" else picture.convert("RGB"))


def orientation(data: bytes) -> int:
    if data[4:8] == b"ftyp" or data[:2] in {b"II", b"MM"}:
        with Image.open(io.BytesIO(data)) as picture:
            return getattr(picture, "tag_v2", {}).get(0x0112, 1)
    with Image.open(io.BytesIO(data)) as picture:
        return picture.getexif().get(0x0112, 1)


def shown_orientation(shape: Shape) -> int:
    return shape.orientation or orientation(shape.data)


def as_blended(before: np.ndarray, turned: int) -> np.ndarray:
    """What the marked picture should be, by the formula."""
    height, width, samples = before.shape
    pattern = stored_mark(gratings(), turned).render(height, width).pixels.astype(float)
    if samples < 3:
        pattern = (pattern @ [0.299, 0.587, 0.114])[..., None]
    drawn = 1 if samples < 3 else 3
    blended = (1 - ALPHA) * before[..., :drawn] + ALPHA * pattern[..., :drawn]
    return np.concatenate([blended, before[..., drawn:]], axis=2)


def decibels(one: np.ndarray, two: np.ndarray) -> float:
    return 10 * np.log10(255**2 / max(np.mean((one - two) ** 2), 1e-9))


@pytest.mark.parametrize("name", MARKED)
def test_another_reader_sees_the_blend(name: str) -> None:
    shape = SHAPES[name]
    before, after = stored_pixels(shape.data), stored_pixels(mark_file(shape))
    assert after.shape == before.shape
    least = EXACT if Path(name).suffix in LOSSLESS and "jpeg" not in name else 31
    assert decibels(after, as_blended(before, shown_orientation(shape))) > least


@pytest.mark.parametrize("name", MARKED)
def test_no_picture_in_it_gives_the_mark_away(name: str) -> None:
    shape = SHAPES[name]
    marked = mark_file(shape)
    shown = stored_pixels(marked)[..., :3].clip(0, 255).astype(np.uint8)
    shown = np.repeat(shown, 3, axis=2) if shown.shape[2] == 1 else shown
    turned = stored_mark(gratings(), shown_orientation(shape))
    pattern = turned.render(*shown.shape[:2]).pixels

    def attack(data: bytes) -> list[float]:
        return [mark_from_twin(shown, twin, pattern, ALPHA) for twin in embedded_pictures(data)]

    if shape.hidden:  # the attack works on what was kept before
        assert max(attack(shape.data)) > 0.9
    assert all(correlation < 0.2 for correlation in attack(marked))
    for block in unfolded(marked):
        assert not [gone for gone in shape.gone if gone in block]


TIFFS = [name for name in MARKED if name.endswith(".tif")]
MOVED = {273, 279, 324, 325}  # where the pixels lie
GO = {330, 34377, 52545, 37724, 0xFE01}  # what shows the picture
OF_PALETTE = {258, 262, 277, 320}


@pytest.mark.parametrize("name", TIFFS)
def test_every_tag_of_a_tiff_stays_byte_by_byte(name: str) -> None:
    before, after = (tiff_tags(data) for data in (SHAPES[name].data, mark_file(SHAPES[name])))
    free = MOVED | GO | (OF_PALETTE if name == "palette.tif" else set())
    if name == "lightroom.tif":
        free |= {700}
    assert {tag: value for tag, value in before.items() if tag not in free} == {
        tag: value for tag, value in after.items() if tag not in free
    }


def tiff_tags(data: bytes) -> dict[int, tuple[int, bytes]]:
    """Type and bytes of each tag, also of those in EXIF's directory, as tifffile finds them."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        tags = {
            tag.code: (tag.dtype, data[tag.valueoffset : tag.valueoffset + tag.valuebytecount])
            for tag in file.pages[0].tags
        }
        below = file.pages[0].tags.get(34665)
        return tags | ({-1: (0, repr(below.value).encode())} if below else {})


def test_a_makers_note_with_offsets_from_the_files_start_stays_readable() -> None:
    marked = mark_file(SHAPES["makers-note.tif"])
    place = marked.index(struct.pack("<HHHI", 1, 6, 2, 14)) + 10
    (offset,) = struct.unpack_from("<I", marked, place)
    assert marked[offset : offset + 13] == b"IMG:TEST JPEG"


@pytest.mark.parametrize("strip", ["gps", "all"])
@pytest.mark.parametrize("name", NAMES)
def test_strips_leave_no_position_and_every_pixel(name: str, strip: str) -> None:
    shape = SHAPES[name]
    stripped = recognise(shape.data).strip(shape.data, strip).data
    assert (stored_pixels(stripped) == stored_pixels(shape.same_pixels or shape.data)).all()
    assert orientation(stripped) == shown_orientation(shape)
    for block in unfolded(stripped):
        assert not [secret for secret in (*shape.secrets, *shape.gone) if secret in block]
    if strip == "all":
        assert not any(text in stripped for text in (b"Maker", b"2026:05:06", b"a tree"))


@pytest.mark.parametrize("strip", ["gps", "all"])
@pytest.mark.parametrize("name", [name for name in MARKED if SHAPES[name].secrets])
def test_a_mark_and_a_strip_together(name: str, strip: str) -> None:
    marked = mark_file(SHAPES[name])
    stripped = recognise(marked).strip(marked, strip).data
    assert (stored_pixels(stripped) == stored_pixels(marked)).all()
    assert not [secret for secret in SHAPES[name].secrets if secret in stripped]


@pytest.mark.parametrize("strip", [None, "gps", "all"])
def test_a_folder_of_all_shapes(tmp_path: Path, strip: str | None) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for name, shape in SHAPES.items():
        source.joinpath(name).write_bytes(shape.data)
    entries = scan(source)
    markable = {e.name for e in entries if e.fate is Fate.MARKABLE}
    assert markable == set(MARKED)
    chosen = dict.fromkeys(markable, gratings())
    jobs, left_out = plan_jobs(entries, source, output, chosen, alpha=ALPHA, strip=strip)
    journal = tmp_path / "journal.sqlite"
    summary = mark_photos(
        jobs, output=output, journal=journal, left_out=left_out, workers=SameProcess()
    )
    fates = {outcome.name: outcome.fate for outcome in summary.outcomes}
    assert {name for name, fate in fates.items() if fate is Fate.MARKED} == set(MARKED)
    others = {fate for name, fate in fates.items() if name not in markable}
    assert others <= ({Fate.COPIED} if strip is None else {Fate.COPIED, Fate.STRIPPED})
    assert json.loads(json.dumps(summary.to_dict()))["files"]
    assert len(summary.left_out) > 4


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
@pytest.mark.parametrize("strip", ["gps", "all"])
def test_exiftool_finds_no_position(tmp_path: Path, strip: str) -> None:
    for name, shape in SHAPES.items():
        stripped = recognise(shape.data).strip(shape.data, strip).data
        tmp_path.joinpath(name).write_bytes(stripped)
    told = subprocess.run(
        ["exiftool", "-json", "-a", "-G1", "-u", "-ee3", "-r", str(tmp_path)],
        capture_output=True, check=False,
    ).stdout  # fmt: skip
    files = json.loads(told.decode("utf-8", "replace"))
    assert len(files) == len(SHAPES)
    words = ("gps", "latitude", "longitude", "modeltiepoint")
    found = {
        (Path(file["SourceFile"]).name, key)
        for file in files
        for key in file
        if any(word in key.lower() for word in words)
    }
    assert not found


def test_what_cannot_be_marked_says_why() -> None:
    for name in set(NAMES) - set(MARKED):
        reason = recognise(SHAPES[name].data).why_not(io.BytesIO(SHAPES[name].data))
        assert reason, name


def test_a_stripped_file_with_anything_left_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each editor gives its file back unchanged: the other reader must notice."""
    from isotopes.photos.formats import finished

    for name in ("gps.jpg", "gps.tif", "gps.png", "gps.webp", "geotiff.tif", "samsung.jpg",
                 "gps-itxt.png", "gps-xmp.jpg", "motion-photo.jpg"):  # fmt: skip
        with pytest.raises(PhotoError, match="is left"):
            finished.check_stripped(SHAPES[name].data, "gps")
    for name in ("everything.jpg", "portrait.tif", "exif.png", "thumbnail-xmp.webp"):
        with pytest.raises(PhotoError, match="is left"):
            finished.check_stripped(SHAPES[name].data, "all")
