"""XMP packets: cut by namespace and value, whatever the prefix, the notation and the encoding."""

from __future__ import annotations

import base64
from xml.etree import ElementTree

import pytest
from photo_files import encode, scene

from isotopes.errors import PhotoError
from isotopes.photos.metadata.cleaned import (
    ANNOUNCED,
    C2PA,
    NOT_UNDERSTOOD,
    POSITION,
    THUMBNAIL,
    Purpose,
)
from isotopes.photos.metadata.exif import read_orientation
from isotopes.photos.metadata.xmp import clean_xmp, read_xmp

MARKED, NO_POSITION = Purpose.MARKED, Purpose.NO_POSITION
EXIF, DC = "http://ns.adobe.com/exif/1.0/", "http://purl.org/dc/elements/1.1/"
XMP, CAMERA = "http://ns.adobe.com/xap/1.0/", "http://ns.google.com/photos/1.0/camera/"
TIFF_SPACE = "http://ns.adobe.com/tiff/1.0/"
CONTAINER = "http://ns.google.com/photos/1.0/container/"
SMALL_PICTURE = base64.b64encode(encode(scene(20, 30), "JPEG")).decode()


def packet(attributes: str = "", elements: str = "", **namespaces: str) -> bytes:
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in namespaces.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about=""{declared} {attributes}>{elements}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def names(data: bytes | None) -> set[str]:
    assert data is not None
    ElementTree.fromstring(data.decode().lstrip("\ufeff"))  # still well-formed
    return {value.name for value in read_xmp(data)} - {"about"}


@pytest.mark.parametrize("prefix", ["exif", "e", "stuff"])
def test_a_position_goes_under_any_prefix(prefix: str) -> None:
    latitude, longitude = f"{prefix}:GPSLatitude", f"{prefix}:GPSLongitude"
    data = packet(
        f'{latitude}="48,8.0N" {prefix}:FNumber="4/1"',
        f"<{longitude}>11,34.0E</{longitude}>",
        **{prefix: EXIF},
    )
    cleaned = clean_xmp(data, NO_POSITION)
    assert names(cleaned.data) == {"FNumber"}
    assert cleaned.left_out == (POSITION,)
    assert clean_xmp(data, MARKED).data == data


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_every_encoding_comes_out_as_it_came_in(encoding: str) -> None:
    text = packet('exif:GPSLatitude="48,8.0N" exif:UserComment="café ✓"', exif=EXIF).decode()
    data = text.replace("\ufeff", "").encode(encoding)
    cleaned = clean_xmp(data, NO_POSITION).data
    assert cleaned is not None
    left = cleaned.decode(encoding)
    assert "48,8" not in left
    assert "café ✓" in left
    assert len(cleaned) < len(data)


def test_an_encoding_that_the_declaration_tells_does_not_matter() -> None:
    _, mark, rest = packet('dc:title="x"', dc=DC).partition(b"<x:xmpmeta")
    data = b'<?xml version="1.0" encoding="UTF-16"?>' + mark + rest
    assert clean_xmp(data, NO_POSITION).data == data


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("http://www.dji.com/drone-dji/1.0/", "GpsLatitude"),
        ("http://www.dji.com/drone-dji/1.0/", "GpsLongtitude"),
        ("http://www.w3.org/2003/01/geo/wgs84_pos#", "lat"),
        ("http://pix4d.com/camera/1.0", "Latitude"),
        (DC, "latitude"),
        (EXIF, "GPSVersionID"),
        ("http://somebody.example/1.0/", "Place"),
    ],
)
def test_only_namespaces_known_to_be_harmless_stay(uri: str, name: str) -> None:
    data = packet(f'n:{name}="48.1" d:creator="me"', n=uri, d=DC)
    assert names(clean_xmp(data, NO_POSITION).data) == {"creator"}


@pytest.mark.parametrize("value", ["48,8.25N", "48°8'15\" N", "+48.1333+011.5667/"])
def test_coordinates_go_whatever_their_field_is_called(value: str) -> None:
    escaped = value.replace('"', "&quot;").replace("'", "&apos;")
    data = packet(f"xmp:Label='{escaped}' xmp:Rating='5'", xmp=XMP)
    assert names(clean_xmp(data, NO_POSITION).data) == {"Rating"}


def test_a_structure_goes_with_the_position_inside_it() -> None:
    inside = (
        '<i:LocationCreated><rdf:Bag><rdf:li rdf:parseType="Resource"><i:City>Munich</i:City>'
        "<exif:GPSLatitude>48,8.0N</exif:GPSLatitude></rdf:li></rdf:Bag></i:LocationCreated>"
        "<i:Event>a fair</i:Event>"
    )
    uri = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    cleaned = clean_xmp(packet("", inside, i=uri, exif=EXIF), NO_POSITION)
    assert names(cleaned.data) == {"Event"}


@pytest.mark.parametrize("breaks", ["", "&#xA;", "&#10;", "\n"])
def test_a_thumbnail_goes_as_a_whole(breaks: str) -> None:
    image = breaks.join(SMALL_PICTURE[at : at + 76] for at in range(0, len(SMALL_PICTURE), 76))
    thumbnails = (
        '<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType="Resource"><g:width>30</g:width>'
        f"<g:image>{image}</g:image></rdf:li></rdf:Alt></xmp:Thumbnails><xmp:Rating>5</xmp:Rating>"
    )
    data = packet("", thumbnails, xmp=XMP, g=f"{XMP}g/img/")
    cleaned = clean_xmp(data, MARKED)
    assert names(cleaned.data) == {"Rating"}
    assert cleaned.left_out == (THUMBNAIL,)


def test_a_picture_goes_in_any_property() -> None:
    data = packet(f'n:Data="{SMALL_PICTURE}" n:Name="x"', n="http://somebody.example/1.0/")
    cleaned = clean_xmp(data, MARKED)
    assert names(cleaned.data) == {"Name"}
    assert cleaned.left_out == (THUMBNAIL,)


def test_long_binary_text_goes_but_not_lookup_tables() -> None:
    code = "A7z" * 1_000
    crs = "http://ns.adobe.com/camera-raw-settings/1.0/"
    data = packet(f'n:Blob="{code}" crs:Table="{code}"', n="http://x.example/", crs=crs)
    assert names(clean_xmp(data, MARKED).data) == {"Table"}


def test_what_announces_a_film_or_a_gain_map_goes() -> None:
    directory = (
        '<C:Directory><rdf:Seq><rdf:li rdf:parseType="Resource">'
        '<C:Item I:Mime="video/mp4" I:Semantic="MotionPhoto" I:Length="9"/></rdf:li></rdf:Seq>'
        "</C:Directory>"
    )
    data = packet(
        'G:MotionPhoto="1" h:Version="1.0" xmp:Rating="3"',
        directory,
        G=CAMERA,
        C=CONTAINER,
        I=f"{CONTAINER}item/",
        h="http://ns.adobe.com/hdr-gain-map/1.0/",
        xmp=XMP,
    )
    for purpose in Purpose:
        cleaned = clean_xmp(data, purpose)
        assert names(cleaned.data) == {"Rating"}
        assert cleaned.left_out == (ANNOUNCED,)


def test_a_link_to_a_manifest_goes() -> None:
    data = packet('t:provenance="https://x.example/1"', t="http://purl.org/dc/terms/")
    assert clean_xmp(data, MARKED).left_out == (C2PA,)


def test_quoted_brackets_and_single_quotes_are_cut_rightly() -> None:
    data = packet("exif:GPSLatitude='48,8.0N>' dc:title='a > b'", exif=EXIF, dc=DC)
    cleaned = clean_xmp(data, NO_POSITION)
    assert b"a > b" in cleaned.data
    assert names(cleaned.data) == {"title"}


@pytest.mark.parametrize(
    "data",
    [
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + b"word " * 400,
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' + b" " * 2_000,
        b"\xff\xfe" + b"\0\xd8" * 2_000,
    ],
    ids=["cut short", "entities", "broken UTF-16"],
)
def test_what_cannot_be_read_goes_as_a_whole(data: bytes) -> None:
    for purpose in Purpose:
        assert clean_xmp(data, purpose).data is None
        assert clean_xmp(data, purpose).left_out == (NOT_UNDERSTOOD,)
    with pytest.raises(PhotoError, match="XMP can't be read"):
        read_xmp(data)


def test_padding_and_undeclared_prefixes_are_read() -> None:
    data = b'<x:xmpmeta><rdf:Description exif:GPSLatitude="1,2N" dc:title="t"/></x:xmpmeta>\0\0'
    cleaned = clean_xmp(data, NO_POSITION).data
    assert cleaned is not None
    assert b"GPS" not in cleaned
    assert b'dc:title="t"' in cleaned


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("length", [0, 5_000])
def test_of_a_damaged_packet_the_orientation_stays(purpose: Purpose, length: int) -> None:
    """A picture must not lie on its side because its metadata had to go."""
    damaged = b'<x:xmpmeta><rdf:De<cription tiff:Orientation="6"/>' + b" " * length
    cleaned = clean_xmp(damaged, purpose)
    assert cleaned.data is not None
    assert read_orientation(None, cleaned.data) == 6
    if purpose is Purpose.NO_POSITION or length:
        assert (TIFF_SPACE, "Orientation", "6") in [
            tuple(value) for value in read_xmp(cleaned.data)
        ]
        assert cleaned.left_out == (NOT_UNDERSTOOD,)
    assert clean_xmp(damaged.replace(b"6", b"9") + b" " * 2_000, purpose).data is None
