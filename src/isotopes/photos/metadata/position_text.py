"""Does a text tell where a photo was taken? Coordinates, and the names that announce them.

One rule for all texts. Written forms: decimal degrees, degrees with minutes and seconds (ISO 6709,
NMEA, what people type), links to maps, UTM and MGRS, Open Location Code ("plus codes"), what3words.
"""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import unquote

WORDS = (
    r"gps|latitud(?!inal)|longt?itud(?!inal)|geotag|geoloc|geo\W?hash|modeltiepoint"
    r"|breitengrad|l(?:ä|ae)ngengrad|широта|долгота|[纬緯]度|[经経經]度"
)
NAMES = re.compile(
    rf"{WORDS}|(?:^|[^a-z])(?:geo|lat|lon|lng|long|coordinates?|position|where)(?:[^a-z]|$)",
    re.IGNORECASE,
)
TOLD = re.compile(
    rf"{WORDS}"
    r"|\blong\b\.?\s*[:=]?\s*[+-]?\d|(?:\b|_|\bm)(?:lat|lon|lng)\b\W{0,4}\d"
    r"|\b(?:utm|mgrs|usng)\b\W{0,4}\d|\b(?:point\s*z?\s*\(|coordinates?\W{1,6})\s*[+-]?\d",
    re.IGNORECASE,
)
LINK = re.compile(
    r"geo:[+-]?\d|!3d[+-]?\d|(?<!:)///[^\W\d_]+\.[^\W\d_]+\.[^\W\d_]+"
    # @48.9,2.3 and q=48.9,2.3, and a zoom before them: map=9/48.9/2.3, #9/48.9/2.3
    r"|(?:@|[a-z]=|loc:)[+-]?\d{1,3}\.\d+,\s*[+-]?\d{1,3}\.\d+"
    r"|(?:map=|#)\d{1,2}(?:\.\d+)?z?/[+-]?\d{1,3}\.\d+/[+-]?\d{1,3}\.\d+"
    r"|\bmaps\.(?:google|apple|app\.goo\.gl)\b|\b(?:google(?:\.[a-z]+)+|goo\.gl|bing\.com)/maps"
    r"|\b(?:openstreetmap|osm)\.org/(?!copyright)[^\s/]"
    r"|\b(?:w3w\.co|what3words\.com|plus\.codes)/\w",
    re.IGNORECASE,
)
NORTH = r"(?:n|s|north|nord|norte|south|s[uü]d|sur|sul)\b"
EAST = r"(?:e|w|o|east|est|este|ost|west|ouest|oeste|ovest)\b"
MINUTES = r"\d{1,2}(?:[.,]\d+)?\s*['′’´`]"
DEGREES = re.compile(
    # 48,8.25N and 48,8,15N, as XMP has it
    r"\d{1,3},\d{1,2}(?:\.\d+|,\d{1,2}(?:\.\d+)?)?\s*[NSEWnsew]\b"
    # 48.13° N, 48° 8' 15" N, N 48.1333, N 48° 8'
    r"|\d{1,3}(?:\.\d+)?\s*(?:°|º|deg)\s*(?:\d{1,2}(?:\.\d+)?\s*['′].{0,12}?)?[NSEWnsew]\b"
    r"|\b[NSEW]\s?\d{1,3}(?:\s?°|\.\d{3,})"
    # 48.13333 N
    r"|(?<![\d.])\d{1,3}\.\d{3,}\s?[NSEW]\b"
    # ISO 6709, as films have it: +48.1333+011.5667/ and +4808.0+01134.0/
    r"|[+-]\d{2,3}\.\d{3,}[+-]\d{2,3}\.\d{3,}"
    r"|[+-]\d{4,6}(?:\.\d+)?[+-]\d{5,7}(?:\.\d+)?(?:[+-][\d.]+)?/"
)
ANGLES = re.compile(
    # 48° 8', whatever follows; a question mark is what is left of ° in ASCII
    rf"\d\s*°\s*{MINUTES}|\d[?*]{MINUTES}|\d\?\d{{1,2}}\?\d{{1,2}}(?:[.,]\d+)?\?"
    r"|\d\s*(?:deg|grad)\w*\.?\s*\d{1,2}(?:[.,]\d+)?\s*m"
    r"|\dd\s?\d{1,2}[m']\s?\d{1,2}(?:\.\d+)?[s\"]?\s?[nsew]\b"
    # 48,13° nord; 48.13°, 11.57°
    rf"|\d\s*°\s*(?:{NORTH}|{EAST})|\d[.,]\d+\s*°\W{{0,4}}\d+[.,]\d+\s*°(?!\s*[CF]\b)",
    re.IGNORECASE,
)
# Two or three numbers, and their hemisphere: 48 8 15 N, 48:8.25N, N48 8.25
SEXAGESIMAL = re.compile(
    r"(?<![\d.,:])\d{1,3}[ :-]\d{1,2}(?:[ :-]\d{1,2}(?:[.,]\d+)?|\.\d{2,})\s?['\"′]{0,2}\s?[NSEW]\b"
    r"|\b[NSEW]\s?\d{1,3}[ :-]\d{1,2}(?:[ :]\d{1,2}(?:[.,]\d+)?|\.\d{2,})(?![\d:])"
    r"|(?<![\d.])\d{1,3} \d{1,2} \d{1,2}\.\d+\s*[,;/ ]\s*-?\d{1,3} \d{1,2} \d{1,2}\.\d+(?![\d.])"
)
ONE = r"\d{1,7}(?:[^\dA-Za-z/]{1,3}\d{1,2}){0,2}(?:[.,]\d+)?['\"′\s]{0,3}"
# 4808N 01134E, 48 N 11 E, N 48 E 11, and long words: 48,13 nord, 11,57 est
BOTH = re.compile(
    rf"(?<![\d.]){ONE}[NS]\b\W{{0,5}}{ONE}[EWO]\b|(?<![\d.]){ONE}[EWO]\b\W{{0,5}}{ONE}[NS]\b"
    rf"|\b[NS]\W{{0,3}}{ONE}\W{{0,4}}\b[EWO]\W{{0,3}}\d"
    rf"|(?i:{ONE}(?=\w\w){NORTH}\W{{0,5}}{ONE}(?=\w\w){EAST})"
    rf"|(?i:\d[ :]{ONE}{NORTH}\W{{0,5}}\d{{1,3}}[ :]{ONE}{EAST})"
)
GRID = re.compile(
    # UTM and MGRS: 32U 691608 5334770, 32U PU 91608 34770
    r"\b\d{1,2}\s?[C-HJ-NP-X]\s+\d{6}(?:\.\d+)?\s*(?:m\s?)?E?,?\s+\d{6,7}\b"
    r"|\b\d{1,2}[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s\d{3,5}\s\d{3,5}\b"
    # plus codes: whole, rounded, and short (those hold a letter)
    r"|(?i:\b[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,7}\b)"
    r"|\b(?:[23456789CFGHJMPQRVWX]{2}){1,3}(?:00){1,3}\+(?!\w)"
    r"|\b(?=[2-9]*[CFGHJMPQRVWX])(?:[23456789CFGHJMPQRVWX]{2}){2,3}"
    r"\+[23456789CFGHJMPQRVWX]{2,3}\b"
)
DECIMAL = r"([+-]?\d{1,3}(?:\.\d{3,}|,\d{4,}))"
LONG = r"([+-]?\d{1,3}[.,]\d{4,})"
PAIRS = (
    re.compile(rf"(?<![\d.,]){DECIMAL}(?:\s*[,;/|_ ]\s*|(?=[+-])){DECIMAL}(?![\d.])"),
    re.compile(rf"(?<![\d.,]){LONG}[^\d.+-][^\d]{{0,15}}?{LONG}(?![\d.])"),
    re.compile(r"\A\W*?([+-]?\d{1,3}\.\d\d+)\s*[,;/| ]\s*([+-]?\d{1,3}\.\d\d+)\W*\Z"),
)
ALONE = re.compile(r"\A\W*0*[1-9]\d{0,2}[.,]\d{5,}\W*\Z")  # keywords come one by one
IN_WORDS = (TOLD, LINK)
# Each of the others holds a digit, or the plus sign of a plus code: most texts have neither.
IN_NUMBERS, NUMBER = (DEGREES, ANGLES, SEXAGESIMAL, BOTH, GRID, ALONE), re.compile(r"[\d+]")
PLAIN = str.maketrans({**dict.fromkeys("º˚", "°"), **dict.fromkeys("−–", "-"), "٫": ".", "″": '"'})


def names_position(name: str) -> bool:
    """Whether a field of this name holds a position or part of one."""
    return NAMES.search(name) is not None


def tells_coordinates(value: str) -> bool:
    """Whether a value reads as coordinates in degrees, where numbers alone mean something else."""
    return DEGREES.search(value) is not None


def tells_position(text: str) -> bool:
    """Whether free text, written by a person or a program, tells a position.

    Stricter than `tells_coordinates`: the words alone, two decimal fractions side by side, a link
    to a map. Percent signs, HTML's character references and full-width digits are read as meant.
    """
    plain = unicodedata.normalize("NFKC", html.unescape(unquote(text)).translate(PLAIN))
    if any(form.search(plain) for form in IN_WORDS):
        return True
    if NUMBER.search(plain) is None:
        return False
    if any(form.search(plain) for form in IN_NUMBERS):
        return True
    return any(_is_place(*found.groups()) for pair in PAIRS for found in pair.finditer(plain))


def _is_place(one: str, other: str) -> bool:
    """Whether these can be latitude and longitude; both below 1 they are shares or colours."""
    smaller, larger = sorted(abs(float(number.replace(",", "."))) for number in (one, other))
    return smaller <= 90 and 1 <= larger <= 180
