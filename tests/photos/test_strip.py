from __future__ import annotations

import io
import zlib

import pytest
from photo_files import TAKEN, XMP, decode, encode, exif, full, gratings, png_chunks, profile, scene
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from isotopes.blending import Insertion
from isotopes.errors import PhotoError
from isotopes.photos.formats import recognise
from isotopes.photos.metadata.directories import Directories

KINDS = ["JPEG", "PNG", "WEBP", "TIFF"]


def strip_file(data: bytes, strip: str) -> bytes:
    return recognise(data).strip(data, strip).data


def tags(data: bytes) -> tuple[dict, dict, dict]:
    with Image.open(io.BytesIO(data)) as picture:
        block = picture.getexif()
        return dict(block), block.get_ifd(0x8769), block.get_ifd(0x8825)


@pytest.fixture(scope="module")
def heic() -> bytes:
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    return full("HEIF", orientation=6, quality=60)


@pytest.mark.parametrize("strip", ["gps", "all"])
@pytest.mark.parametrize("kind", KINDS)
def test_pixels_and_profile_stay_as_they_were(kind: str, strip: str) -> None:
    data = full(kind, orientation=6)
    stripped = strip_file(data, strip)
    assert (decode(stripped) == decode(data)).all()
    with Image.open(io.BytesIO(stripped)) as picture:
        assert picture.info["icc_profile"] == profile()
        assert picture.getexif()[0x0112] == 6


@pytest.mark.parametrize("kind", KINDS)
def test_gps_takes_the_position_and_nothing_else(kind: str) -> None:
    data = full(kind)
    main, taken, position = tags(strip_file(data, "gps"))
    assert position == {}
    assert 0x8825 not in main
    assert (main[0x010F], taken[0x9003]) == ("Maker", TAKEN)


@pytest.mark.parametrize("kind", KINDS)
def test_all_takes_everything_that_is_not_needed_to_show_it(kind: str) -> None:
    data = full(kind)
    stripped = strip_file(data, "all")
    main, taken, position = tags(stripped)
    assert (taken, position) == ({}, {})
    for secret in (b"Maker", TAKEN.encode(), b"a tree", b"xmpmeta"):
        assert secret not in stripped
    assert 0x010F not in main


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_gps_in_xmp_goes_too(kind: str) -> None:
    stripped = strip_file(full(kind), "gps")
    assert b"47,22" not in stripped
    assert b"8,32E" not in stripped
    assert b'dc:title="a tree"' in stripped


def test_gps_in_the_xmp_of_a_tiff_goes_too() -> None:
    data = full("TIFF", tiffinfo={700: XMP})
    assert b"8,32E" in data
    stripped = strip_file(data, "gps")
    assert b"8,32E" not in stripped
    assert b'dc:title="a tree"' in stripped


@pytest.mark.parametrize("strip", ["gps", "all"])
def test_heic_loses_the_position_in_place(heic: bytes, strip: str) -> None:
    stripped = strip_file(heic, strip)
    main, _, position = tags(stripped)
    assert position == {}
    assert b"47,22" not in stripped
    assert (b"Maker" in stripped) is (strip == "gps")
    assert len(stripped) == len(heic)
    assert (decode(stripped) == decode(heic)).all()


def test_what_hides_behind_a_jpeg_goes_with_the_metadata() -> None:
    data = full("JPEG")
    for strip in ("gps", "all"):
        assert b"film" not in strip_file(data + b"ftyp film, with a position", strip)


def test_animations_lose_their_metadata_frame_by_frame_the_same() -> None:
    frames = [Image.fromarray(scene(seed=seed)) for seed in range(3)]
    for kind in ("PNG", "WEBP"):
        data = encode(
            frames[0], kind, save_all=True, append_images=frames[1:], exif=exif(3).tobytes()
        )
        stripped = strip_file(data, "all")
        with Image.open(io.BytesIO(stripped)) as picture:
            assert picture.n_frames == 3
            assert picture.getexif()[0x0112] == 3
            assert 0x010F not in picture.getexif()


def test_compressed_xmp_in_a_png_is_opened() -> None:
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    data = encode(scene(), "PNG", pnginfo=info)
    with Image.open(io.BytesIO(strip_file(data, "gps"))) as picture:
        packet = picture.text["XML:com.adobe.xmp"]
    assert "8,32E" not in packet
    assert "a tree" in packet


def test_compressed_xmp_that_would_blow_up_is_dropped() -> None:
    info = PngInfo()
    bomb = zlib.compress(bytes(80_000_000))
    info.add(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb)
    assert b"iTXt" not in png_chunks(strip_file(encode(scene(), "PNG", pnginfo=info), "gps"))


def test_exif_as_text_is_dropped_with_the_position() -> None:
    info = PngInfo()
    info.add_text("Raw profile type exif", "\nexif\n  4\n00000000")
    info.add_text("Comment", "a tree")
    stripped = png_chunks(strip_file(encode(scene(), "PNG", pnginfo=info), "gps"))
    assert stripped[b"tEXt"] == b"Comment\0a tree"


def test_a_mark_and_a_strip_together() -> None:
    for kind in KINDS:
        data = full(kind, orientation=6)
        both = strip_file(recognise(data).mark(data, gratings(), Insertion.blend(0.4)).data, "gps")
        assert (
            decode(both)
            == decode(recognise(data).mark(data, gratings(), Insertion.blend(0.4)).data)
        ).all()
        assert tags(both)[2] == {}


def test_a_cameras_raw_file_is_not_touched() -> None:
    data = bytearray(full("TIFF"))
    directories = Directories(bytes(data))
    field = next(f for f in directories.fields(directories.first) if f.tag == 0x010F)
    data[field.position : field.position + 2] = (330).to_bytes(2, "little")
    for strip in ("gps", "all"):
        with pytest.raises(PhotoError, match="raw file"):
            strip_file(bytes(data), strip)
