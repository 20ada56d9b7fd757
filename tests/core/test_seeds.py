from __future__ import annotations

import secrets

import numpy as np
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from isotopes.canonical import canonical_json, digest_of
from isotopes.seeds import KeyStream, derive, fresh_bytes


@given(root=st.binary(min_size=32, max_size=32), label=st.text(max_size=40))
def test_derivation_against_cryptography(root: bytes, label: str) -> None:
    expected = HKDF(hashes.SHA256(), 32, None, label.encode()).derive(root)
    assert derive(root, label) == expected


def test_a_short_root_is_refused() -> None:
    with pytest.raises(ValueError, match="must be 32 bytes, got 5"):
        derive(b"short", "x")


def test_roots_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len({fresh_bytes() for _ in range(100)}) == 100
    # Other tests draw fixed ones.
    monkeypatch.setattr("isotopes.seeds.secrets", secrets)
    drawn = [fresh_bytes() for _ in range(100)]
    monkeypatch.setattr(secrets, "token_bytes", bytes)
    assert (len(set(drawn)), fresh_bytes()) == (100, bytes(32))


def test_golden_draws() -> None:
    assert KeyStream(bytes(32)).integers(0, 10, 5).tolist() == [2, 3, 6, 5, 2]
    assert KeyStream(bytes(32)).permutation(6).tolist() == [0, 4, 5, 3, 2, 1]


def test_draws_are_uniform() -> None:
    draws = KeyStream(b"k" * 32).integers(0, 20, 40_000)
    assert chisquare(np.bincount(draws, minlength=20)).pvalue > 0.001


def test_permutations_are_uniform() -> None:
    stream = KeyStream(b"p" * 32)
    seen: dict[tuple[int, ...], int] = {}
    for _ in range(6_000):
        order = tuple(stream.permutation(3).tolist())
        seen[order] = seen.get(order, 0) + 1
    assert len(seen) == 6
    assert chisquare(list(seen.values())).pvalue > 0.001


@given(low=st.integers(-50, 50), span=st.integers(1, 2**32))
def test_draws_stay_in_range(low: int, span: int) -> None:
    draws = KeyStream(bytes(32)).integers(low, low + span, 50)
    assert low <= draws.min()
    assert draws.max() < low + span


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1 to 2\*\*32 integers, got \[3, 3\)"):
        KeyStream(bytes(32)).integers(3, 3, 1)


def test_canonical_encoding_has_one_form() -> None:
    assert canonical_json({"b": (1, 2), "a": b"\xff"}) == b'{"a":"ff","b":[1,2]}'
    assert digest_of({"x": 1, "y": 2}) == digest_of({"y": 2, "x": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(float("nan"))
    with pytest.raises(TypeError, match="type set has no canonical encoding"):
        canonical_json({1, 2})
