"""May a file that can't be compared with pictures hold one? Its content decides.

Documents, archives and programs' own files carry photos inside. Each kind of document and archive
needs its own reader, so we go by the kind alone. All other files are searched for embedded
pictures, also for base64 in text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from isotopes.photos.metadata.pictures import shows_picture

NO_PICTURE = ""  # text without a picture in it
UNKNOWN = "file of another kind, which may show it"
DOCUMENT = "document, which may hold pictures"
ARCHIVE = "archive, which may hold pictures"
EMBEDDED = "file with a picture in it that can't be compared"

BLOCK = 1 << 20  # bytes searched at once
OVERLAP = 1 << 12  # bytes: a header that is cut by a block's end is whole in the next
HEAD = 512  # bytes, which reach tar's signature
ARCHIVES = (
    *(b"PK\3\4", b"PK\5\6", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b"),
    *(b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"MSCF", b"\x04\x22\x4d\x18"),
)
DOCUMENTS = (
    *(b"%PDF-", b"%!PS", b"\xc5\xd0\xd3\xc6", b"8BPS", b"gimp xcf", b"{\\rtf"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",  # Office before 2007, Outlook's messages
)
MARKUP = re.compile(rb"<(?:svg|html|!doctype html)\b", re.IGNORECASE)


def what_it_holds(path: Path) -> str:
    """In words, what in this file may show a picture; `NO_PICTURE` for mere text.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
        if head.startswith(ARCHIVES) or head[257:262] == b"ustar":
            return ARCHIVE
        if head.startswith(DOCUMENTS) or MARKUP.search(head):
            return DOCUMENT
        file.seek(0)
        return _by_search(file)


def _by_search(file: BinaryIO) -> str:
    is_text = True
    tail = b""
    while block := file.read(BLOCK):
        if shows_picture(tail + block):
            return EMBEDDED
        is_text = is_text and b"\0" not in block and _is_utf8(block)
        tail = block[-OVERLAP:]
    return NO_PICTURE if is_text else UNKNOWN


def _is_utf8(block: bytes) -> bool:
    """Whether it is part of such a text; a character may be cut at either end."""
    starts = block.lstrip(bytes(range(0x80, 0xC0)))
    if len(block) - len(starts) > 3:
        return False
    try:
        starts.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True
