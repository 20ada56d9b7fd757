"""Does a text tell where a photo was taken? Coordinates, and the names that announce them."""

from __future__ import annotations

import re

WORDS = r"gps|latitude|longt?itude|geotag|geoloc|geohash|modeltiepoint"
NAMES = re.compile(
    rf"{WORDS}|(?:^|[^a-z])(?:geo|lat|lon|lng|long|coordinates?|position|where)(?:[^a-z]|$)",
    re.IGNORECASE,
)
TOLD = re.compile(rf"{WORDS}|\b(?:lat|lon|lng|long)\b\.?\s*[:=]?\s*[+-]?\d", re.IGNORECASE)
DEGREES = re.compile(
    # 48,8.25N and 48,8,15N, as XMP has it
    r"\d{1,3},\d{1,2}(?:\.\d+|,\d{1,2}(?:\.\d+)?)?\s*[NSEWnsew]\b"
    # 48.13° N, 48° 8' 15" N, N 48.1333, N 48° 8'
    r"|\d{1,3}(?:\.\d+)?\s*(?:°|º|deg)\s*(?:\d{1,2}(?:\.\d+)?\s*['′].{0,12}?)?[NSEWnsew]\b"
    r"|\b[NSEW]\s?\d{1,3}(?:\s?°|\.\d{3,})"
    # ISO 6709, as films have it: +48.1333+011.5667/
    r"|[+-]\d{2,3}\.\d{3,}[+-]\d{2,3}\.\d{3,}"
)
PAIR = re.compile(r"(?<![\d.])[+-]?\d{1,3}\.\d{3,}\s*[,;/ ]\s*[+-]?\d{1,3}\.\d{3,}(?![\d.])")


def names_position(name: str) -> bool:
    """Whether a field of this name holds a position or part of one."""
    return NAMES.search(name) is not None


def tells_coordinates(value: str) -> bool:
    """Whether a value reads as coordinates in degrees, whatever its field is called."""
    return DEGREES.search(value) is not None


def tells_position(text: str) -> bool:
    """Whether free text, written by a person or a program, tells a position.

    Stricter than `tells_coordinates`: the words alone, or two decimal fractions side by side.
    """
    return any(pattern.search(text) for pattern in (TOLD, DEGREES, PAIR))
