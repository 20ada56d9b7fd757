from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isotopes.escaping import escape, escape_lines, json_text, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("holiday 2026", "holiday 2026"),
        ("Straße, 東京, שלום, 🐈", "Straße, 東京, שלום, 🐈"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b2J", r"\x9b2J"),  # CSI in one byte, which some terminals obey
        ("\x1b]8;;http://x\x07link", r"\x1b]8;;http://x\x07link"),
        ("a\nb\r\tc\v\f", r"a\nb\r\tc\x0b\x0c"),
        ("\u202edetceted ton", r"\u202edetceted ton"),
        ("\u2066x\u2069\u200e\u200f\u061c", r"\u2066x\u2069\u200e\u200f\u061c"),
        ("ca\u200bt\ufeff\u00ad\u2060", r"ca\u200bt\ufeff\xad\u2060"),
        ("\u2028\u2029\x85", r"\u2028\u2029\x85"),
        ("\U000e0041\U000e007f", r"\U000e0041\U000e007f"),  # tags, which no font shows
        ("caf\udce9.jpg", r"caf\udce9.jpg"),  # a byte of a file name that is no text
    ],
)
def test_what_acts_or_hides_is_seen(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_every_character_is_seen_or_escaped_and_stays_on_its_line() -> None:
    for code in range(sys.maxunicode + 1):
        shown = escape(chr(code))
        if shown != chr(code):
            assert shown.isascii()
            assert shown.isprintable()
        else:
            assert unicodedata.category(shown)[0] not in "C"
            assert len(shown.splitlines()) == 1


def test_our_own_lines_stay_lines() -> None:
    assert escape_lines("one\ntwo\x1b[2J") == "one\ntwo\\x1b[2J"


VALUES = st.recursive(
    st.text() | st.integers() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.sampled_from([None, 2]), st.booleans())
def test_json_stays_json(value: object, indent: int | None, ascii_only: bool) -> None:
    text = json_text(value, indent=indent, ascii_only=ascii_only)
    assert json.loads(text) == value
    assert all(c.isprintable() or c == "\n" or unicodedata.category(c) == "Zs" for c in text)
    assert text.isascii() or not ascii_only


def test_json_of_undecodable_names_and_of_characters_beyond_16_bits() -> None:
    value = ["caf\udce9", "\U000e0041", "é"]
    text = json_text(value)
    assert json.loads(text) == value
    assert text == r'["caf\udce9", "\udb40\udc41", "é"]'


@pytest.mark.parametrize("length", [0, 19, 20, 21, 22, 500])
def test_long_texts_lose_their_middle(length: int) -> None:
    text = "".join(chr(65 + at % 26) for at in range(length))
    found = shortened(text, 20)
    assert len(found) == min(length, 20)
    assert found[:7] == text[:7]
    assert text.endswith(found[-8:])
