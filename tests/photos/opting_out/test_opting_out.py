"""The note against training, read back by ExifTool, which knows nothing of us."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pillow_heif import register_heif_opener
from same_process import SameProcess

from isotopes.errors import PhotoError
from isotopes.marks import get_family
from isotopes.photos import Fate, mark_photos, plan_jobs, scan
from isotopes.photos.metadata.cleaned import NOT_UNDERSTOOD
from isotopes.photos.opting_out import opted_out
from isotopes.photos.opting_out.packet import NEW, PLUS, PROHIBITED, with_opt_out

EXIFTOOL = shutil.which("exiftool")
SAID = {PROHIBITED, "Prohibited for AI/ML training"}  # as ExifTool before and since 12.7 says it
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
needs_exiftool = pytest.mark.skipif(EXIFTOOL is None, reason="no exiftool on this machine")
ATTRIBUTES = (
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"><rdf:Description'
    ' rdf:about="uuid:1" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="a &gt; b"'
    f' xmlns:plus="{PLUS}" plus:DataMining="http://ns.useplus.org/ldf/vocab/DMI-ALLOWED"/>'
    "</rdf:RDF></x:xmpmeta>"
)
ELEMENTS = (
    f'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><r:RDF xmlns:r="{RDF}"><r:Description'
    f' r:about=""><p:DataMining xmlns:p="{PLUS}">http://ns.useplus.org/ldf/vocab/DMI-ALLOWED'
    "</p:DataMining></r:Description><r:Description r:about=''"
    " xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:source>café</dc:source></r:Description>"
    f"</r:RDF>{' ' * 2000}<?xpacket end='w'?>"
)


def encoded(kind: str, **options: Any) -> bytes:
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (40, 60, 4 if options.pop("alpha", 0) else 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def pages() -> bytes:
    """A TIFF of two pages, the second with a value of its own."""
    first, second = Image.new("RGB", (20, 30), (1, 2, 3)), Image.new("RGB", (30, 20), (9, 8, 7))
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=[second])
    return out.getvalue()


def camera() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    return exif.tobytes()


register_heif_opener()
FILES = {
    "plain.jpg": encoded("JPEG"),
    "attributes.jpg": encoded("JPEG", xmp=ATTRIBUTES.encode(), comment=b"kept"),
    "elements.jpg": encoded("JPEG", xmp=ELEMENTS.encode(), progressive=True),
    "wide.jpg": encoded("JPEG", xmp=b"\xff\xfe" + ATTRIBUTES.encode("utf-16-le")),
    "broken.jpg": encoded("JPEG", xmp=b"<x:xmpmeta><oops>"),
    "plain.png": encoded("PNG"),
    "alpha.png": encoded("PNG", alpha=1),
    "plain.webp": encoded("WEBP"),
    "lossless.webp": encoded("WEBP", lossless=True),
    "alpha.webp": encoded("WEBP", lossless=True, alpha=1, exact=True),
    "attributes.webp": encoded("WEBP", xmp=ATTRIBUTES.encode()),
    "plain.tiff": encoded("TIFF"),
    "lzw.tiff": encoded("TIFF", compression="tiff_lzw", alpha=1),
    "big.tiff": encoded("TIFF", big_tiff=True),
    "attributes.tiff": encoded("TIFF", tiffinfo={700: ATTRIBUTES.encode()}),
    "elements.tiff": encoded("TIFF", tiffinfo={700: ELEMENTS.encode()}),
    "pages.tiff": pages(),
    "plain.heic": encoded("HEIF"),
    "attributes.heic": encoded("HEIF", xmp=ATTRIBUTES.encode(), exif=camera()),
    "elements.heic": encoded("HEIF", xmp=ELEMENTS.encode()),
    "exif.heic": encoded("HEIF", exif=camera()),
    "thumbnail.heic": encoded("HEIF", thumbnails=[16]),
    "two.heic": encoded("HEIF", save_all=True, append_images=[Image.new("RGB", (32, 32))]),
}


def read_by_exiftool(path: Path, *tags: str) -> Mapping[str, Any]:
    assert EXIFTOOL is not None
    command = [EXIFTOOL, "-j", "-validate", "-warning", *tags, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)[0]
    return found


@needs_exiftool
@pytest.mark.parametrize("name", FILES)
def test_exiftool_reads_it_and_finds_nothing_wrong(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(opted_out(FILES[name]).data)
    found = read_by_exiftool(path, "-XMP-plus:all", "-XMP-dc:source", "-comment", "-make")
    assert found["DataMining"] in SAID
    before = tmp_path / f"before-{name}"
    before.write_bytes(FILES[name])
    known = read_by_exiftool(before, "-XMP-dc:source", "-comment", "-make")
    for kept in ("Source", "Comment", "Make"):
        if kept in known:
            assert found[kept] == known[kept]
    if name not in {"broken.jpg", "wide.jpg"}:  # what ExifTool can't read before
        assert found.get("Warning") == known.get("Warning")


@pytest.mark.parametrize("name", FILES)
def test_pixels_stay_and_saying_it_twice_changes_nothing(name: str) -> None:
    once = opted_out(FILES[name]).data
    with Image.open(io.BytesIO(FILES[name])) as before, Image.open(io.BytesIO(once)) as after:
        frames = getattr(before, "n_frames", 1)
        assert getattr(after, "n_frames", 1) == frames
        for frame in range(frames):
            before.seek(frame)
            after.seek(frame)
            assert (before.mode, before.size) == (after.mode, after.size)
            assert np.array_equal(np.asarray(before), np.asarray(after))
    assert opted_out(once).data == once


def test_padding_gives_way_so_that_the_packet_keeps_its_length() -> None:
    told = with_opt_out(ELEMENTS.encode()).data
    assert told is not None
    assert b"DMI-ALLOWED" not in told
    assert len(told) <= len(ELEMENTS.encode())


def test_a_packet_that_can_not_be_read_gives_way_and_is_told() -> None:
    for broken in (b"<x:xmpmeta><oops>", b"\xff\xfe<", b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'):
        assert with_opt_out(broken) == type(with_opt_out(broken))(NEW, (NOT_UNDERSTOOD,))
    assert opted_out(FILES["broken.jpg"]).left_out == (NOT_UNDERSTOOD,)


@pytest.mark.parametrize(
    "data",
    [b"text", b"", encoded("GIF"), b"\xff\xd8\xff", b"II*\0\x08\0\0\0", FILES["exif.heic"][:60]],
)
def test_files_that_can_not_be_told_so(data: bytes) -> None:
    with pytest.raises(PhotoError):
        opted_out(data)


def test_marked_and_unmarked_pictures_say_the_same(tmp_path: Path) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for name, data in {**FILES, "notes.txt": b"hello"}.items():
        (source / name).write_bytes(data)
    entries = scan(source)
    mark = get_family("tints").draw(bytes(32), 0)
    chosen = dict.fromkeys(
        ["plain.jpg", "attributes.jpg", "alpha.png", "lossless.webp", "plain.tiff", "exif.heic"],
        mark,
    )
    jobs, left_out = plan_jobs(entries, source, output, chosen, alpha=0.3, opt_out=True)
    found = mark_photos(
        jobs,
        output=output,
        journal=tmp_path / "journal.sqlite",
        workers=SameProcess(),
        left_out=left_out,
    )
    fates = {one.name: one for one in found.outcomes}
    assert {name for name, one in fates.items() if one.fate is Fate.MARKED} == set(chosen)
    assert {name for name, one in fates.items() if one.fate is Fate.TAGGED} == set(FILES) - {
        *chosen
    }
    assert (output / "notes.txt").read_bytes() == b"hello"
    if EXIFTOOL is not None:
        for name in FILES:
            said = read_by_exiftool(output / name, "-XMP-plus:all")
            assert said["DataMining"] in SAID, name
