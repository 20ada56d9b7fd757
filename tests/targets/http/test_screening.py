"""A service may send back the credential that it was sent, whole, in part or encoded."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isotopes.targets.http.screening import HIDDEN, Screen

KEY = "sk-Very/secret+0123456789=x"
SECRETS = st.text(st.characters(codec="ascii", exclude_categories=["Cc", "Zs"]), min_size=12)
AROUND = st.text(st.sampled_from("abc {}:,\"'"), max_size=20)


def decodes_to(text: str, secret: str, piece: int = 8) -> bool:
    """Whether some part of the secret can be read in `text`, plain or decoded."""
    readings = [text]
    for before in range(4):
        try:
            readings.append(base64.b64decode(text[before:] + "==", validate=False).decode("latin1"))
            readings.append(bytes.fromhex(text[before:]).decode("latin1"))
        except ValueError:
            continue
    parts = {secret[i : i + piece] for i in range(len(secret) - piece + 1)}
    return any(part in reading for part in parts for reading in readings)


ENCODINGS = {
    "as it is": lambda value: value,
    "upper case": str.upper,
    "lower case": str.lower,
    "url": lambda value: quote(value, safe=""),
    "lower-case url": lambda value: quote(value, safe="").lower(),
    "hexadecimal": lambda value: value.encode().hex(),
    "upper-case hexadecimal": lambda value: value.encode().hex().upper(),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 of user and password": lambda value: base64.b64encode(f"me:{value}".encode()).decode(),
    "base64 one further": lambda value: base64.b64encode(f"you:{value}!".encode()).decode(),
    "base64 for urls": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "JSON's escapes": lambda value: "".join(f"\\u{ord(char):04x}" for char in value),
    "a JSON text": lambda value: json.dumps(value)[1:-1],
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("cut", [slice(None), slice(None, -3), slice(3, None), slice(4, 22)])
def test_a_credential_is_found_however_it_comes_back(encoding: str, cut: slice) -> None:
    sent = ENCODINGS[encoding](KEY[cut])
    screen = Screen([KEY])
    said = f"the key [{sent}] is not valid"
    assert screen.finds(said.encode())
    hidden = screen.hide(said)
    assert HIDDEN in hidden
    assert hidden.startswith("the key [")
    assert hidden.endswith("] is not valid")
    left = hidden.removeprefix("the key [").removesuffix("] is not valid").replace(HIDDEN, "")
    # base64's ends depend on what is around the credential, and JSON's escapes on their length.
    assert len(left) <= 12
    assert not decodes_to(left, KEY, piece=5)


SPREAD = {
    "base32": lambda value: base64.b32encode(value.encode()).decode(),
    "base32 one further": lambda value: base64.b32encode(b"a" + value.encode()).decode(),
    "base85": lambda value: base64.b85encode(value.encode()).decode(),
    "Ascii85": lambda value: base64.a85encode(b"ab" + value.encode()).decode(),
    "base64 twice": lambda value: base64.b64encode(base64.b64encode(value.encode())).decode(),
    "base64 of hexadecimal": lambda value: base64.b64encode(value.encode().hex().encode()).decode(),
    "UTF-16 in hexadecimal": lambda value: value.encode("utf-16").hex(),
    "UTF-16 in base64": lambda value: base64.b64encode(value.encode("utf-16-be")).decode(),
    "UTF-16": lambda value: value.encode("utf-16-le").decode(),
    "hexadecimal with spaces": lambda value: value.encode().hex(" "),
    "hexadecimal with colons": lambda value: value.encode().hex(":").upper(),
    "C's hexadecimal": lambda value: ", ".join(hex(byte) for byte in value.encode()),
    "decimal": lambda value: ", ".join(str(byte) for byte in value.encode()),
    "every character for URLs": lambda value: "".join(f"%{byte:02X}" for byte in value.encode()),
    "twice for URLs": lambda value: "".join(f"%25{byte:02x}" for byte in value.encode()),
    "hexadecimal escapes": lambda value: "".join(f"\\x{byte:02x}" for byte in value.encode()),
    "octal escapes": lambda value: "".join(f"\\{byte:03o}" for byte in value.encode()),
    "HTML": lambda value: "".join(f"&#{byte};" for byte in value.encode()),
    "hexadecimal HTML": lambda value: "".join(f"&#x{byte:x};" for byte in value.encode()),
    "reversed": lambda value: value[::-1],
    "reversed in base64": lambda value: base64.b64encode(value[::-1].encode()).decode(),
    "full width": lambda value: "".join(chr(ord(char) + 0xFEE0) for char in value),
    "hyphens": "-".join,
    "zero-width spaces": "\u200b".join,
    "accents": lambda value: "".join(f"{char}\u0301" for char in value),
    "lines": "\n".join,
}


@pytest.mark.parametrize("spelling", SPREAD)
def test_a_credential_is_found_however_it_is_spread_out(spelling: str) -> None:
    screen = Screen([KEY])
    sent = SPREAD[spelling](KEY)
    said = f"the key [{sent}] is not valid"
    assert screen.finds(said.encode())
    hidden = screen.hide(said)
    assert HIDDEN in hidden
    assert len(hidden) <= len("the key [] is not valid") + 2 * len(HIDDEN) + 16
    answer = json.dumps({"label": [sent], "score": 0.5}).encode()
    cleaned = screen.clean_json(answer)
    assert isinstance(cleaned, dict)
    assert HIDDEN in cleaned["label"][0]
    assert cleaned["score"] == 0.5


@pytest.mark.parametrize("password", ["correct-horse-battery", "hunter2"])
@pytest.mark.parametrize("scheme", ["", "Basic "])
def test_the_password_in_a_basic_credential_is_found(password: str, scheme: str) -> None:
    sent = scheme + base64.b64encode(f"somebody:{password}".encode()).decode()
    screen = Screen([sent])
    assert screen.finds(f'"no {password}"'.encode())
    assert screen.hide(f"no user has {password}!") == f"no user has {HIDDEN}!"
    assert sent[-12:] not in screen.hide(sent)


@settings(deadline=None)
@given(SECRETS, AROUND, AROUND)
def test_no_eight_characters_of_a_credential_are_left(secret: str, before: str, after: str) -> None:
    hidden = Screen([secret]).hide(before + secret + after)
    assert not any(secret[i : i + 8] in hidden for i in range(len(secret) - 7))


@settings(deadline=None)
@given(SECRETS, st.data())
def test_the_quick_look_sees_whatever_has_eleven_characters(
    secret: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(secret) - 11))
    end = data.draw(st.integers(start + 11, len(secret)))
    assert Screen([secret]).finds(f"x{secret[start:end]}y".encode())


def test_other_text_stays_as_it_is() -> None:
    screen = Screen([KEY, "another-secret"])
    said = '{"label": "tabby cat", "score": 0.93, "version": "2026-11-27"}'
    assert not screen.finds(said.encode())
    assert screen.hide(said) == said
    assert screen.clean_json(said.encode()) == json.loads(said)


def test_a_short_credential_is_a_word_of_its_own() -> None:
    screen = Screen(["any"])
    assert screen.hide("many companies, any: ANY key") == "many companies, ***: *** key"
    assert screen.finds(b'{"key": "any"}')
    assert not screen.finds(b'{"label": "company"}')


def test_no_credential_hides_nothing() -> None:
    screen = Screen([])
    assert screen.hide("anything") == "anything"
    assert not screen.finds(b"anything")


@pytest.mark.parametrize("text", ["\ud800 half a character", "ü", "İstanbul", ""])
def test_any_text_can_be_screened(text: str) -> None:
    assert isinstance(Screen([KEY]).hide(text), str)


def test_json_is_screened_in_keys_and_values_however_it_is_escaped() -> None:
    escaped = "".join(f"\\u{ord(char):04X}" if at % 2 else char for at, char in enumerate(KEY))
    answer = f'{{"{escaped}": ["{escaped}", {{"a": "x{KEY}"}}], "score": 0.5}}'
    cleaned = Screen([KEY]).clean_json(answer.encode())
    assert cleaned == {HIDDEN: [HIDDEN, {"a": "x***"}], "score": 0.5}
