"""Texts that tell a position go wherever they stand, and texts that only look alike stay."""

from __future__ import annotations

import io

import pytest
from photo_files import encode, scene
from PIL import Image, PngImagePlugin

from isotopes.photos.formats import recognise
from isotopes.photos.metadata.cleaned import POSITION, Cleaned, Purpose
from isotopes.photos.metadata.exif import clean_exif
from isotopes.photos.metadata.iptc import clean_iptc
from isotopes.photos.metadata.photoshop import clean_photoshop
from isotopes.photos.metadata.position_text import (
    IN_NUMBERS,
    NUMBER,
    PAIRS,
    tells_position,
)
from isotopes.photos.metadata.text import clean_text
from isotopes.photos.metadata.xmp import clean_xmp

TELLING = """
Home 48.8583736,2.2944813
Home geo:48.8583736,2.2944813
geo:48,2
geo:lat=48.8583736
geo:lon=-2.29
48.8583736
Places|48.8583736|2.2944813
Places/48.85837/2.29448
48.86,2.29
-33.86; 151.21
https://www.openstreetmap.org/#map=18/48.85837/2.29448
https://www.openstreetmap.org/#map=9/48.9/2.3
https://www.openstreetmap.org/node/5013364
https://www.openstreetmap.org/?mlat=48.9&mlon=2.3
https://maps.google.com/?q=48.8583736%2C2.2944813
https://www.google.com/maps/@48.86,2.29,17z
https://www.google.de/maps/place/Eiffel+Tower/data=!3d48.8583736!4d2.2944813
https://maps.app.goo.gl/abcdefghi
https://w3w.co/filled.count.soap
meet at ///filled.count.soap
48°51′30″ nord, 2°17′40″ est
48°51&#8242;30&#8243; nord
48,86° Nord; 2,29° Ost
48.86°, 2.29°
Location: 48.8583736 N, 2.2944813 E
48.86 N, 2.29 E
48 N 2 E
48,8583736; 2,2944813
48,86 nord, 2,29 est
N 48 51 30.1 E 2 17 40.1
N48 51.502 E002 17.669
48 51 30 N 2 17 40 E
48 51 30 n 2 17 40 e
48:51:30N 2:17:40E
48-51-30N 002-17-40E
485130N 0021740E
4851N 00217E
48 51.502 N 2 17.669 E
48 51 30.1, 2 17 40.1
48?51'30.1"N 2?17'40.1"E
48?51?30?N 2?17?40?E
48d51m30sN
48 degrees 51 minutes north
48 Grad 51 Minuten
x: 2.29448 y: 48.85837
{"y": 48.85837, "x": 2.29448}
(48.85837) (2.29448)
48.85837-2.29448
POINT(2.29 48.86)
{"type": "Point", "coordinates": [2.29, 48.86]}
+4851.5+00217.7/
８ 48．8583736，2．2944813
Breitengrad 48
широта 48,86
UTM 31U 448251 5411932
31U 448251 5411932
31U DQ 48251 11932
8FW4V75V+8Q
8FW4V75V%2B8Q
8FW40000+
V75V+8Q Paris
geo hash u09tunquc
""".strip().splitlines()

BARE = {"48.8583736", "48.86,2.29", "-33.86; 151.21"}  # inside a sentence these may be anything

HARMLESS = """
2024:05:01 10:30:20
2024-05-01T10:30:20.123+02:00
01.05.2024, 10.30 Uhr
10:30:20 EST
4000 x 3000
4000/3000
12.3.4
Adobe Photoshop 25.5.1 (Windows), 10.0.19045
Nikon Transfer 2.17.2 W
1/250 f/2.8
1/250 s, f/2.8, ISO 100, 35 mm
30 s, 500 W flash
24-70mm f/2.8 S
EF24-105mm f/4L IS USM
E 18-55mm F3.5-5.6 OSS
NIKKOR Z 24-70mm f/4 S
16-35 mm, 70-200 mm
24/1 70/1 28/10 28/10
$12.50
12.50 EUR, was 15.99 EUR
1,000 of 2,500 prints
1.299,00 EUR
+49 30 1234567
(555) 123-4567
+1-555-123-4567, ext. 12
0.3127, 0.3290
0.45455
23.5°C, wind 12 km/h
rotated by 90° to the left
12' x 9'
6" x 4"
Is it 5? Yes
3 East Road, 10 North Street
Route 66 West
5 S. Main St., Apt 3
192.168.100.200
978-3-16-148410-0
550e8400-e29b-41d4-a716-446655440000
xmp.iid:4851-30e2-17a4
Copyright (c) 2020-2024 E. Example
Paris, Eiffel Tower
a longitudinal study
see file:///home.of.pictures
https://example.org/photos?id=12345&size=1024
(c) OpenStreetMap, https://www.openstreetmap.org/copyright
me@example.org
C++ and RGB+A, HDR+
Score 3:2, 12 S and 10 M
utm_source=newsletter
100 % cotton, 25 % off
sRGB IEC61966-2.1
""".strip().splitlines()


@pytest.mark.parametrize("text", TELLING)
def test_a_position_is_recognised(text: str) -> None:
    assert tells_position(text)
    if text not in BARE:
        assert tells_position(f"taken by me ({text}) in spring")


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_stay(text: str) -> None:
    assert not tells_position(text)
    assert not tells_position(f"Taken in spring. {text}")


@pytest.mark.parametrize("text", TELLING)
def test_forms_in_numbers_need_one(text: str) -> None:
    """Texts without a number are not looked through for them."""
    left = NUMBER.sub("", text)
    assert not any(form.search(left) for form in (*IN_NUMBERS, *PAIRS))


PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    ' xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
    ' xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" {}>{}</rdf:Description>'
    "</rdf:RDF></x:xmpmeta>"
)
LIST = "<{0}><rdf:{1}><rdf:li xml:lang='x-default'>Home {2}</rdf:li></rdf:{1}></{0}>"
IN_XMP = {
    "title": ("", LIST.format("dc:title", "Alt", "{}")),
    "subject": ("", LIST.format("dc:subject", "Bag", "{}")),
    "hierarchy": ("", LIST.format("lr:HierarchicalSubject", "Bag", "{}")),
    "label": ("xmp:Label='{}'", ""),
    "software": ("tiff:Software='{}'", ""),
    "about": ("rdf:about='{}'", ""),
    "element": ("", "<xmp:Nickname>{}</xmp:Nickname>"),
    "comment": ("", "<!-- {} -->"),
    "instruction": ("", "<?note {} ?>"),
}


@pytest.mark.parametrize("place", IN_XMP)
@pytest.mark.parametrize("position", ["48.85837, 2.29448", "geo:48.9,2.3", "48 51 30 N 2 17 40 E"])
def test_in_xmp_the_rule_holds_in_every_place(place: str, position: str) -> None:
    attributes, elements = IN_XMP[place]
    for text, stays in ((position, False), ("12.3.4", True)):
        data = PACKET.format(attributes.format(text), elements.format(text)).encode()
        cleaned = clean_xmp(data, Purpose.NO_POSITION)
        assert (cleaned.data == data) == stays
        assert (text.encode() in (cleaned.data or b"")) == stays
        assert cleaned.left_out == (() if stays else (POSITION,))


def test_settings_of_a_raw_converter_are_numbers() -> None:
    curve = LIST.format("crs:Dabs", "Seq", "1.234567 0.654321").replace("Home ", "d ")
    data = PACKET.format("crs:CropTop='1.234567'", curve).encode()
    assert clean_xmp(data, Purpose.NO_POSITION).data == data


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-le", "utf-16-be"])
def test_in_every_encoding(encoding: str) -> None:
    block = "48°51'30\" nord, 2°17'40\" est".encode(encoding)
    assert clean_text(block, Purpose.NO_POSITION).left_out == (POSITION,)
    primes = "48°51′30″ nord".encode("utf-16-le")
    assert clean_text(primes, Purpose.NO_POSITION).left_out == (POSITION,)


@pytest.mark.parametrize("tag", [270, 305, 315, 33432])
def test_in_exif_and_iptc(tag: int) -> None:
    exif = Image.Exif()
    exif[tag], exif[271] = "48 51.502 N 2 17.669 E", "Acme 12.3.4"
    cleaned = clean_exif(exif.tobytes().removeprefix(b"Exif\0\0"), Purpose.NO_POSITION).data
    assert cleaned is not None and b"51.502" not in cleaned and b"Acme 12.3.4" in cleaned
    keyword = b"x: 2.29448 y: 48.85837"
    dataset = b"\x1c\x02\x19" + len(keyword).to_bytes(2, "big") + keyword
    assert clean_iptc(dataset, Purpose.NO_POSITION).data is None


def test_in_photoshop_captions_and_names() -> None:
    caption = b"8BIM\x03\xf0\0\0" + b"\0\0\0\x0d\x0c48 N, 11.5 E\0"
    path = b"8BIM\x07\xd0\x0bgeo:48,11.5" + b"\0\0\0\x02\0\0"
    harmless = b"8BIM\x03\xf0\0\0" + b"\0\0\0\x06\x05a cat"
    cleaned = clean_photoshop(caption + path + harmless, Purpose.NO_POSITION)
    assert cleaned == Cleaned(harmless, (POSITION,))


def test_in_png_keywords_translated_keywords_and_texts() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "48 51 30 N 2 17 40 E")
    texts.add_text("48.85837, 2.29448", "home")
    texts.add_itxt("Title", "home", lang="en", tkey="geo:48.9,2.3")
    texts.add_itxt("Author", "8FW4V75V+8Q", zip=True)
    texts.add_text("Software", "Painter 12.3.4")
    data = encode(scene(20, 30), "PNG", pnginfo=texts)
    stripped = recognise(data).strip(data, "gps").data
    with Image.open(io.BytesIO(stripped)) as picture:
        assert picture.info == {"Software": "Painter 12.3.4"}
