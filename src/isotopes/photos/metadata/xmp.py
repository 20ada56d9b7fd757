"""GPS positions in XMP, overwritten with spaces, so that nothing around them moves."""

from __future__ import annotations

import re

GPS = re.compile(
    rb"""\sexif:GPS\w+\s*=\s*(?:"[^"]*"|'[^']*')"""
    rb"""|<exif:(GPS\w+)\b[^>]*?(?:/>|>.*?</exif:\1\s*>)""",
    re.DOTALL,
)


def blank_gps_xmp(xmp: bytes) -> bytes:
    """The XMP packet without its ``exif:GPS...`` properties; the same length."""
    return GPS.sub(lambda found: b" " * len(found.group()), xmp)
