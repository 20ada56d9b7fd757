"""ICC profiles: whether one is nothing but a profile. Others may hide a picture without the mark.

Reference: ICC.1:2022 (profile version 4.4), clause 7; also Apple's private types.
"""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise

from isotopes.photos.metadata.cleaned import UNSOUND_PROFILE, Cleaned, Purpose
from isotopes.photos.metadata.pictures import shows_picture

HEADER, ENTRY = 128, 12  # bytes
MOST_TAGS = 200
LARGEST = 16 * 2**20  # bytes; profiles of printers reach 3 MB
TYPES = b"""XYZ bfd chrm cicp clro clrt crdi curv data desc devs dict dtim gbd mAB mBA meas mft1
    mft2 mluc mmod mpet ncl2 ncol ndin para pseq psid rcs2 scrn sf32 sig svcn text uf32 ui08 ui16
    ui32 ui64 vcgt view"""
KNOWN_TYPES = {kind.ljust(4) for kind in TYPES.split()}


def clean_icc(profile: bytes, _: Purpose | None = None) -> Cleaned:
    """The profile as it is, or nothing if it isn't a profile and nothing else."""
    return Cleaned(profile) if is_sound(profile) else Cleaned(None, (UNSOUND_PROFILE,))


def is_sound(profile: bytes) -> bool:
    """Whether header and tags make up the whole profile, and none of them holds a picture."""
    if not HEADER + 4 <= len(profile) <= LARGEST or profile[36:40] != b"acsp":
        return False
    size, (count,) = int.from_bytes(profile[:4], "big"), struct.unpack_from(">I", profile, HEADER)
    table = HEADER + 4 + ENTRY * count
    if count > MOST_TAGS or not table <= size <= len(profile):
        return False
    used = [(0, table)]
    for index in range(count):
        _, start, length = struct.unpack_from(">4sII", profile, HEADER + 4 + ENTRY * index)
        if start < table or start + length > size or profile[start : start + 4] not in KNOWN_TYPES:
            return False
        used.append((start, start + length))
    return _covers(profile, used) and not shows_picture(profile)


def inflate_icc(stream: bytes) -> bytes | None:
    """The profile in a PNG's chunk, behind its name; None if the stream holds anything else."""
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(stream, LARGEST + 1)
    except zlib.error:
        return None
    return profile if inflater.eof and not inflater.unused_data else None


def _covers(profile: bytes, used: list[tuple[int, int]]) -> bool:
    """Whether nothing but zeros lies between and behind these ranges."""
    reached, ranges = 0, [*sorted(used), (len(profile), len(profile))]
    for (_, end), (start, _) in pairwise(ranges):
        reached = max(reached, end)
        if any(profile[reached:start]):
            return False
    return True
