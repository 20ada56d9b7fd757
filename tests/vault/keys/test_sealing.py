from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from isotopes.errors import VaultError, WrongPassphrase
from isotopes.vault.keys.sealing import DataKey, Sealing

KEY = DataKey.new()


@given(secret=st.binary(max_size=100), context=st.binary(max_size=20))
def test_what_is_sealed_comes_back(secret: bytes, context: bytes) -> None:
    assert KEY.unseal(KEY.seal(secret, context), context) == secret


@given(place=st.integers(0, 12 + 64 + 16 - 1), flip=st.integers(1, 255))
def test_any_changed_byte_is_noticed(place: int, flip: int) -> None:
    sealed = bytearray(KEY.seal(b"s" * 64, b"here"))
    sealed[place] ^= flip
    with pytest.raises(VaultError, match="a sealed key was altered"):
        KEY.unseal(bytes(sealed), b"here")


@pytest.mark.parametrize("sealed", [b"", b"x" * 11, b"x" * 20])
def test_what_is_cut_short_is_noticed(sealed: bytes) -> None:
    with pytest.raises(VaultError, match="a sealed key was altered"):
        KEY.unseal(sealed, b"")


def test_a_sealed_key_does_not_open_elsewhere() -> None:
    with pytest.raises(VaultError, match="moved here from another isotope or vault"):
        KEY.unseal(KEY.seal(b"secret", b"here"), b"there")


def test_sealing_twice_never_looks_the_same() -> None:
    assert KEY.seal(b"secret", b"") != KEY.seal(b"secret", b"")


def test_wrapping_against_hashlib() -> None:
    sealing = KEY.wrap("correct horse", b"vault")
    outer = hashlib.scrypt(
        b"correct horse", salt=sealing.salt, n=sealing.n, r=sealing.r, p=sealing.p, dklen=32
    )
    key = ChaCha20Poly1305(outer).decrypt(sealing.wrapped[:12], sealing.wrapped[12:], b"vault")
    assert DataKey(key).unseal(KEY.seal(b"secret", b""), b"") == b"secret"


def test_a_wrong_passphrase_is_told_and_not_repeated() -> None:
    sealing = KEY.wrap("correct horse", b"vault")
    with pytest.raises(WrongPassphrase, match="the passphrase is not the one") as caught:
        sealing.unwrap("battery staple", b"vault")
    assert "battery" not in str(caught.value)


def test_one_passphrase_however_it_is_typed() -> None:
    sealing = KEY.wrap("Zoe\u0308", b"")
    assert sealing.unwrap("Zo\u00eb", b"").unseal(KEY.seal(b"s", b""), b"") == b"s"


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(VaultError, match="a passphrase must not be empty"):
        KEY.wrap("", b"")


def test_the_description_round_trip() -> None:
    sealing = KEY.wrap("x", b"")
    assert Sealing.from_dict(sealing.to_dict()) == sealing


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"n": 2**30}, "scrypt's cost is out of range: n=1073741824"),
        ({"n": 1000}, "scrypt's cost is out of range: n=1000"),
        ({"r": 0}, "scrypt's cost is out of range"),
        ({"method": "rot13"}, "must be sealed by scrypt.chacha20-poly1305, got 'rot13'"),
        ({"salt": "xyz"}, "how the keys are sealed is damaged"),
        ({"p": None}, "how the keys are sealed is damaged"),
    ],
)
def test_doctored_descriptions(change: dict[str, Any], told: str) -> None:
    with pytest.raises(VaultError, match=told):
        Sealing.from_dict({**KEY.wrap("x", b"").to_dict(), **change})


def test_the_real_cost_is_what_owasp_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    from isotopes.vault.keys import sealing

    assert (sealing.SCRYPT_N, sealing.SCRYPT_R, sealing.SCRYPT_P) == (2**17, 8, 1)
