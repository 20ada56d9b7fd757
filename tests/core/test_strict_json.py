from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isotopes.strict_json import read_json

FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | FINITE | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.booleans(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_json_writes_is_read(value: object, ascii_only: bool, encoding: str) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert read_json(text) == value
    assert read_json(text.encode(encoding)) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  ", "it is empty"),
        ("{", "Expecting"),
        ("1 2", "Extra data"),
        ("'a'", "Expecting value"),
        ("NaN", "NaN is not JSON"),
        ("[Infinity]", "Infinity is not JSON"),
        ("-1e400", "the number -1e400 is too large"),
        ("9" * 5000, "integer string conversion"),
        ('[{"a": 1, "b": 2, "a": 1}]', "the field 'a' is given twice"),
        ("[" * 200_000 + "]" * 200_000, "nested too deeply"),
        ('{"a":' * 200_000 + "1" + "}" * 200_000, "nested too deeply"),
        (r'["\ud800"]', "surrogates not allowed"),
        (r'{"\udc00": 1}', "surrogates not allowed"),
        ('["\x1b"]', "Invalid control character"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_json(text)
    with pytest.raises(ValueError, match=said):
        read_json(text.encode())


def test_a_pair_of_halves_is_a_character() -> None:
    assert read_json(r'"\ud83d\ude00"') == "😀"


def test_bytes_that_are_no_text() -> None:
    for data in (b"\xff", b"\xff\xfe\x00", b'"\xed\xa0\x80"'):
        with pytest.raises(UnicodeDecodeError):
            read_json(data)
