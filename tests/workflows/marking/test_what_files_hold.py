"""A file may show a picture in part, as a later frame or inside: that gives a mark away, too."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from photo_files import encode, exif
from PIL import Image
from same_process import SameProcess
from test_nothing_gives_the_mark_away import photo, resized
from tiff_files import tiff_file

from isotopes.photos import Fate
from isotopes.photos.choosing.cut_short import PASSES
from isotopes.photos.formats.png_chunks import Chunk, write_chunks
from isotopes.vault import Vault
from isotopes.workflows.marking import Marked, MarkRequest, mark_into_vault, survey
from isotopes.workflows.marking.continuing import request_more


def film(kind: str, *pictures: np.ndarray, **settings: object) -> bytes:
    out = io.BytesIO()
    frames = [Image.fromarray(picture) for picture in pictures]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], **settings)
    return out.getvalue()


def cut(data: bytes, share: float) -> bytes:
    return data[: int(len(data) * share)]


def crop_with_a_thumbnail_of_all(p: np.ndarray) -> bytes:
    """As editors leave it that forget the thumbnail; CMYK, so that it can't be marked."""
    block = exif(1)
    block[0x8769] = {}
    inside = encode(resized(p, 0.6), "JPEG")
    data = b"Exif\0\0" + block.tobytes()[6:] + inside
    return encode(Image.fromarray(p[60:, 70:].copy()).convert("CMYK"), "JPEG", exif=data)


def crop_with_a_preview_of_all(p: np.ndarray) -> bytes:
    """In base64 in its XMP, as Photoshop writes it."""
    inside = base64.b64encode(encode(resized(p, 0.6), "JPEG", quality=60))
    packet = b'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/"><xmpGImg:image>'
    packet += inside + b"</xmpGImg:image></x:xmpmeta>"
    data = encode(Image.fromarray(p[60:, 70:].copy()).convert("CMYK"), "JPEG")
    return data[:2] + b"\xff\xe1" + (len(packet) + 2).to_bytes(2, "big") + packet + data[2:]


def interlaced_png(p: np.ndarray) -> bytes:
    """In the seven passes of Adam7, no row filtered."""
    rows = []
    for top, down, left, across in PASSES:
        rows += [b"\0" + row.tobytes() for row in p[top::down, left::across]]
    height, width = p.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    chunks = [Chunk(b"IHDR", header), Chunk(b"IDAT", zlib.compress(b"".join(rows)))]
    return write_chunks([*chunks, Chunk(b"IEND", b"")])


OTHER = photo(90)
HOLDERS: dict[str, Callable[[np.ndarray], bytes]] = {
    "cut.jpg": lambda p: cut(encode(p, "JPEG", quality=90), 0.4),
    "nearly whole.jpg": lambda p: encode(p, "JPEG")[:-2],
    "cut progressive.jpg": lambda p: cut(encode(p, "JPEG", progressive=True), 0.7),
    "cut on its side.jpg": lambda p: cut(
        encode(np.rot90(p).copy(), "JPEG", exif=exif(6).tobytes()), 0.6
    ),
    "cut and small.jpg": lambda p: cut(encode(resized(p, 0.7), "JPEG", quality=60), 0.75),
    "cut.png": lambda p: cut(encode(p, "PNG"), 0.5),
    "cut.gif": lambda p: cut(encode(p, "GIF"), 0.5),
    "cut.bmp": lambda p: cut(encode(p, "BMP"), 0.5),
    "cut.webp": lambda p: cut(encode(p, "WEBP", quality=80), 0.6),
    "cut.tif": lambda p: cut(tiff_file(p, coding="tiff_lzw", pixels_last=True), 0.6),
    "cut, one strip.tif": lambda p: cut(
        tiff_file(p, coding="deflate", rows=150, pixels_last=True), 0.6
    ),
    "cut.heic": lambda p: cut(encode(p, "HEIF", quality=90), 0.8),
    "cut interlaced.png": lambda p: cut(interlaced_png(p), 0.4),
    "hardly begun interlaced.png": lambda p: cut(interlaced_png(p), 0.2),
    "cut, and a trailer.jpg": lambda p: cut(encode(p, "JPEG"), 0.6) + b"SEFH" + bytes(3000),
    "zeros at the end.jpg": lambda p: cut(encode(p, "JPEG"), 0.6) + bytes(3000),
    "film.gif": lambda p: film("GIF", OTHER, 255 - OTHER, p),
    "film.png": lambda p: film("PNG", OTHER, p),
    "film.webp": lambda p: film("WEBP", OTHER, p, lossless=True),
    "pages.tif": lambda p: film("TIFF", OTHER, p),
    "turned.gif": lambda p: film("GIF", OTHER, np.rot90(p, 2).copy()),
    "several.heic": lambda p: film("HEIF", OTHER, p),
    "film.avif": lambda p: film("AVIF", OTHER, p, quality=90),
    "with a sketch.ico": lambda p: encode(resized(OTHER, 0.4), "ICO") + encode(p, "PNG"),
    "cropped.jpg": crop_with_a_thumbnail_of_all,
    "cropped in Photoshop.jpg": crop_with_a_preview_of_all,
}


def behind_head(head: bytes, at: int, inside: bytes) -> bytes:
    return head[:at] + inside + head[at:]


# Files that can be marked, of a picture p, with another one q inside.
CARRIERS: dict[str, Callable[[np.ndarray, bytes], bytes]] = {
    "appended.jpg": lambda p, q: encode(p, "JPEG") + bytes(999) + q,
    "comment.jpg": lambda p, q: encode(p, "JPEG", comment=base64.b64encode(q)),
    "cut into segments.jpg": lambda p, q: behind_head(
        encode(p, "JPEG"),
        2,
        b"".join(
            b"\xff\xed\x1f\x50Photoshop 3.0\0" + q[at : at + 8000].ljust(8000, b"\0")
            for at in range(0, len(q), 8000)
        ),
    ),
    "chunk.png": lambda p, q: behind_head(encode(p, "PNG"), 33, Chunk(b"prVW", q).encode()),
    "appended.png": lambda p, q: encode(p, "PNG") + q,
    "appended.webp": lambda p, q: encode(p, "WEBP") + q,
    "appended.tif": lambda p, q: encode(p, "TIFF") + q,
    "box.heic": lambda p, q: encode(p, "HEIF") + (len(q) + 8).to_bytes(4, "big") + b"free" + q,
}


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.create(tmp_path / "v.sqlite")


@pytest.fixture
def request_(tmp_path: Path) -> MarkRequest:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/1.jpg").write_bytes(encode(photo(1), "JPEG"))
    return MarkRequest(source=tmp_path / "in", output=tmp_path / "out", name="n")


def run(request: MarkRequest, vault: Vault) -> Marked:
    workers = SameProcess()
    return mark_into_vault(request, vault, survey(request, workers), workers)


def fates(done: Marked) -> dict[str, Fate]:
    return {outcome.name: outcome.fate for outcome in done.summary.outcomes}


@pytest.mark.parametrize("name", HOLDERS)
def test_a_picture_that_another_file_shows_stays_unmarked(
    request_: MarkRequest, vault: Vault, name: str
) -> None:
    (request_.source / name).write_bytes(HOLDERS[name](photo(0)))
    first = run(request_, vault)
    assert fates(first) == {"1.jpg": Fate.MARKED, name: first.summary.outcomes[1].fate}
    (request_.source / "0.jpg").write_bytes(encode(photo(0), "JPEG"))
    later = replace(request_, output=request_.output.with_name("later"))
    assert fates(run(later, vault))["0.jpg"] is Fate.COPIED
    # Nor in a vault that knows nothing yet.
    beside = replace(request_, output=request_.output.with_name("beside"))
    new = Vault.create(request_.output.with_name("new.sqlite"))
    assert fates(run(beside, new))["0.jpg"] is Fate.COPIED


@pytest.mark.parametrize("name", HOLDERS)
def test_a_file_that_shows_a_marked_picture_is_left_out(
    request_: MarkRequest, vault: Vault, name: str
) -> None:
    run(request_, vault)
    june = request_.source.with_name("june")
    june.mkdir()
    (june / "2.jpg").write_bytes(encode(photo(2), "JPEG"))
    (june / name).write_bytes(HOLDERS[name](photo(1)))
    more = request_more(vault, "n", june, request_.output.with_name("more"))
    done = run(more, vault)
    assert fates(done) == {"2.jpg": Fate.MARKED, name: Fate.SKIPPED}
    (outcome,) = (one for one in done.summary.outcomes if one.name == name)
    assert "shows a picture that is published with the mark of 'n'" in outcome.reason


def test_a_marked_picture_is_not_said_to_be_stuck(request_: MarkRequest, vault: Vault) -> None:
    """What was published marked stays so, though a file shows it now that can't be marked."""
    run(request_, vault)
    (request_.source / "film.gif").write_bytes(film("GIF", OTHER, photo(1)))
    (request_.source / "2.jpg").write_bytes(encode(photo(2), "JPEG"))
    done = run(replace(request_, output=request_.output.with_name("later")), vault)
    assert fates(done) == {"1.jpg": Fate.MARKED, "2.jpg": Fate.MARKED, "film.gif": Fate.SKIPPED}
    assert {one.reason for one in done.summary.outcomes if one.fate is Fate.MARKED} == {""}


def test_a_copy_that_cannot_be_marked_after_all_is_left_out(
    request_: MarkRequest, vault: Vault
) -> None:
    """A wrong checksum shows only when the picture is marked; the original carries the mark."""
    run(request_, vault)
    june = request_.source.with_name("june")
    june.mkdir()
    (june / "2.jpg").write_bytes(encode(photo(2), "JPEG"))
    damaged = bytearray(encode(photo(1), "PNG"))
    damaged[-20] ^= 1  # the checksum of the pixels
    (june / "1.png").write_bytes(damaged)
    done = run(request_more(vault, "n", june, request_.output.with_name("more")), vault)
    assert fates(done) == {"1.png": Fate.SKIPPED, "2.jpg": Fate.MARKED}


def test_the_second_picture_of_a_file_that_stays_unmarked_counts(
    request_: MarkRequest, vault: Vault
) -> None:
    """If the file is marked, its second picture goes."""
    (request_.source / "two eyes.jpg").write_bytes(film("MPO", OTHER, photo(0)))
    (request_.source / "0.jpg").write_bytes(encode(photo(0), "JPEG"))
    found = survey(request_, SameProcess())
    assert ("0.jpg", "two eyes.jpg") in [one.names for one in found.alike]
    assert not any(one.obstacle for one in found.alike)
    (request_.source / "mirrored.jpg").write_bytes(encode(OTHER[:, ::-1].copy(), "JPEG"))
    assert fates(run(request_, vault))["0.jpg"] is Fate.COPIED


@pytest.mark.parametrize("name", CARRIERS)
def test_a_picture_inside_one_that_can_be_marked_is_treated_alike(
    request_: MarkRequest, vault: Vault, name: str
) -> None:
    """Else the file might stay as it is, and the picture inside be marked."""
    run(request_, vault)
    june = request_.source.with_name("june")
    june.mkdir()
    (june / name).write_bytes(CARRIERS[name](OTHER, encode(photo(0), "JPEG")))
    (june / "0.jpg").write_bytes(encode(photo(0), "JPEG"))
    found = survey(replace(request_, source=june, name="june"), SameProcess())
    assert [one.names for one in found.alike] == [("0.jpg", name)]
    assert [one.obstacle for one in found.alike] == [""]
    # What is inside was published with a mark, and the file itself before, without one.
    (june / name).write_bytes(CARRIERS[name](OTHER, encode(photo(1), "JPEG", quality=60)))
    (june / "flipped.jpg").write_bytes(encode(OTHER[:, ::-1].copy(), "JPEG"))  # keeps it unmarked
    done = run(replace(request_, source=june, name="more", output=june.with_name("o")), vault)
    assert fates(done)[name] is Fate.SKIPPED
    (outcome,) = (one for one in done.summary.outcomes if one.name == name)
    assert outcome.reason.endswith("published with the mark of 'n', and stays unmarked")


@pytest.mark.parametrize("place", ["in the middle", "behind many others"])
def test_a_large_file_is_searched_to_its_end(
    request_: MarkRequest, vault: Vault, place: str
) -> None:
    icons = b"".join(encode(photo(number, 8, 8), "BMP") for number in range(20))
    noise = np.random.default_rng(0).bytes(5 << 20) if place == "in the middle" else icons
    inside = encode(photo(0), "JPEG")
    film = encode(Image.fromarray(OTHER).convert("CMYK"), "JPEG") + noise + inside + noise
    (request_.source / "film.jpg").write_bytes(film)
    (request_.source / "0.jpg").write_bytes(inside)
    assert fates(run(request_, vault))["0.jpg"] is Fate.COPIED
