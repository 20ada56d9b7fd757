from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from isotopes.errors import ReceiptError, VaultError
from isotopes.marks import get_family
from isotopes.vault import (
    Isotope,
    Opening,
    Receipt,
    Vault,
    check_opening,
    export_isotopes,
    import_isotopes,
)
from isotopes.vault.commitments.beacon import mix_beacon

Make = Callable[..., Isotope]
SOURCE = "drand quicknet, round 20000000"
VALUE = b"\x17" * 32


@pytest.fixture
def prepared(make: Make) -> Isotope:
    return make(beacon_source=SOURCE)


def test_mixing_against_cryptography() -> None:
    root = bytes(range(32))
    info = f"isotopes/v1/beacon/sha256:{hashlib.sha256(VALUE).hexdigest()}".encode()
    expected = HKDF(SHA256(), 32, salt=None, info=info).derive(root)
    assert mix_beacon(root, VALUE) == expected


def test_nothing_is_drawn_before_the_beacon(prepared: Isotope) -> None:
    for act in (
        prepared.mark,
        lambda: prepared.decoy(1),
        prepared.choice_key,
        lambda: prepared.key,
    ):
        with pytest.raises(VaultError, match="waits for its beacon: drand quicknet") as caught:
            act()
        assert "--add-to holiday --beacon" in str(caught.value.hint)


def test_all_draws_depend_on_root_and_beacon(prepared: Isotope) -> None:
    family = get_family("dead_leaves")
    first, second = prepared.with_beacon(VALUE), prepared.with_beacon(b"\x18" * 32)
    assert first.mark() == family.draw(mix_beacon(prepared.root, VALUE), 0)
    assert first.mark() != family.draw(prepared.root, 0)
    assert first.mark() != second.mark()
    assert first.decoy(3) != second.decoy(3)
    assert first.choice_key() != second.choice_key()
    assert first.commitment == second.commitment == prepared.commitment


def test_a_beacon_is_mixed_in_once(prepared: Isotope, make: Make) -> None:
    mixed = prepared.with_beacon(VALUE)
    assert mixed.with_beacon(VALUE) == mixed
    with pytest.raises(VaultError, match="has its beacon already"):
        mixed.with_beacon(b"\x18" * 32)
    with pytest.raises(VaultError, match="announced no beacon"):
        make().with_beacon(VALUE)


@pytest.mark.parametrize("value", [b"", b"1", b"x" * 15, b"x" * 65_537])
def test_values_that_cannot_serve(prepared: Isotope, value: bytes) -> None:
    with pytest.raises(VaultError, match=f"16 to 65,536 bytes, got {len(value)}"):
        prepared.with_beacon(value)


@pytest.mark.parametrize("source", ["", "  ", "a\nb", "\x1b[2J", "x" * 1001])
def test_sources_that_announce_nothing(make: Make, source: str) -> None:
    with pytest.raises(VaultError, match="a beacon's source must be"):
        make(beacon_source=source)


def test_the_vault_keeps_it_once(vault: Vault, prepared: Isotope) -> None:
    vault.add(prepared)
    mixed = vault.get("holiday").with_beacon(VALUE)
    assert vault.merge([(mixed, ())]) == []
    assert vault.get("holiday") == mixed
    vault.merge([(prepared, ())])
    assert vault.get("holiday") == mixed
    with pytest.raises(VaultError, match="has its beacon already"):
        vault.merge([(replace(prepared, beacon="18" * 32), ())])
    assert vault.get("holiday") == mixed


def test_it_goes_along_with_an_export(vault: Vault, prepared: Isotope, place: Any) -> None:
    vault.add(prepared.with_beacon(VALUE))
    with Vault.create(place.with_name("other")) as other:
        import_isotopes(other, export_isotopes(vault, "way"), lambda: "way")
        assert other.get("holiday") == vault.get("holiday")


def through_json(receipt: Receipt, opening: Opening) -> tuple[Receipt, Opening]:
    return (
        Receipt.from_json(json.dumps(receipt.to_dict())),
        Opening.from_json(json.dumps(opening.to_dict())),
    )


def test_an_opening_redraws_the_mark(prepared: Isotope) -> None:
    mixed = prepared.with_beacon(VALUE)
    receipt, opening = through_json(prepared.receipt(), mixed.opening())
    assert receipt.beacon == SOURCE
    checked = check_opening(receipt, opening, beacon=VALUE)
    assert checked.beacon == VALUE
    for index in (0, 1, 199):
        assert checked.draw(index) == mixed.draw(index)


def test_an_opening_without_or_with_another_value(prepared: Isotope, make: Make) -> None:
    receipt, mixed = prepared.receipt(), prepared.with_beacon(VALUE)
    with pytest.raises(ReceiptError, match="the opening holds no value"):
        check_opening(receipt, prepared.opening())
    with pytest.raises(ReceiptError, match="is not the one that you gave"):
        check_opening(receipt, mixed.opening(), beacon=b"\x18" * 32)
    plain = make()
    with pytest.raises(ReceiptError, match="none was announced, and the opening holds a value"):
        check_opening(plain.receipt(), replace(plain.opening(), beacon=VALUE))
    with pytest.raises(ReceiptError, match="beacon: differs from the receipt"):
        check_opening(replace(receipt, beacon=None), mixed.opening())


@pytest.mark.parametrize("beacon", ["", "zz", "00", 7, [], "00" * 15])
def test_openings_with_malformed_beacons(prepared: Isotope, beacon: object) -> None:
    text = json.dumps({**prepared.opening().to_dict(), "beacon": beacon})
    with pytest.raises(ReceiptError, match="beacon must be hexadecimal digits or null"):
        Opening.from_json(text)
