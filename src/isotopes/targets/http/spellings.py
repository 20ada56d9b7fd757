"""The ways in which a service may write the credential that it was sent."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote

_CODE = re.compile(r"(?:%|\\x|0x|\\u00|%u00)([0-9a-f]{2})|\\([0-7]{3})", re.IGNORECASE)
_LEVELS = 3  # of escapes in escapes: %2573 is %73, and that is s
_ALPHANUMERIC = b"abcdefghijklmnopqrstuvwxyz0123456789"
_SEPARATORS = bytes(set(range(256)) - set(_ALPHANUMERIC))


def with_decoded(credentials: Sequence[str]) -> Iterator[str]:
    """The credentials, and the contents of those that are base64, as in HTTP's Basic scheme."""
    for value in credentials:
        yield value
        for word in value.split():
            plain = _from_base64(word)
            if plain:
                yield plain
                yield plain.partition(":")[2]  # user:password


def spellings(value: bytes) -> Iterator[bytes]:
    """`value` in the usual encodings, at each alignment where the encoding works in blocks."""
    yield value
    yield value[::-1]
    yield quote(value, safe="").encode()
    yield json.dumps(value.decode()).encode()[1:-1]
    yield "".join(f"\\u{byte:04x}" for byte in value).encode()
    yield "".join(str(byte) for byte in value).encode()
    wide = value.decode().encode("utf-16-le")
    for form in (value, wide, base64.b64encode(value)):
        yield form.hex().encode()
    for form in (value, value[::-1], wide, value.hex().encode()):
        yield from _as_base64(form)
    for form in _as_base64(value):
        yield from _as_base64(form)
    yield from _in_blocks(value, 5, base64.b32encode)
    yield from _in_blocks(value, 4, base64.b85encode)
    yield from _in_blocks(value, 4, base64.a85encode)


def squashed(text: str) -> bytes:
    """`text` without escapes, cases, widths, accents and separators: only a-z and 0-9 are left."""
    for _ in range(_LEVELS):
        plain = html.unescape(_CODE.sub(_character, text))
        if plain == text:
            break
        text = plain
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    return text.encode("utf-8", errors="surrogatepass").lower().translate(None, _SEPARATORS)


def _character(code: re.Match[str]) -> str:
    return chr(int(code[1], 16)) if code[1] else chr(int(code[2], 8))


def _from_base64(word: str) -> str | None:
    """The text that `word` encodes; None if it encodes no text."""
    try:
        plain = base64.b64decode(word + "=" * (-len(word) % 4), altchars=None, validate=True)
        text = plain.decode("ascii")
    except (ValueError, binascii.Error):
        return None
    return text if text.isprintable() else None


def _as_base64(value: bytes) -> Iterator[bytes]:
    for before in range(3):  # base64 looks different at each alignment
        encoded = base64.b64encode(bytes(before) + value + bytes(3))
        # Only characters that depend on nothing but the credential.
        inner = encoded[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def _in_blocks(value: bytes, size: int, encode: Callable[[bytes], bytes]) -> Iterator[bytes]:
    yield encode(value).rstrip(b"=")
    for skipped in range(size):  # whole blocks depend on nothing but the credential
        rest = value[skipped:]
        yield encode(rest[: len(rest) // size * size])
