from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isotopes.canonical import digest_of
from isotopes.errors import MarkError, ReceiptError
from isotopes.marks import get_family, mark_families
from isotopes.vault import Isotope, Opening, Receipt, check_opening
from isotopes.vault.commitments.commitment import make_statement

Make = Callable[..., Isotope]
ROOT, SALT = bytes(range(32)), bytes(range(32, 64))
WITH_BEACON = "sha256:7fbb18fad2aea041ad7071210df2b7f40aeb3264c1684b68a9c7a25045a1f9d3"
TERMS: dict[str, Any] = {
    "family": "gratings",
    "family_version": 1,
    "options": {},
    "alpha": 0.4,
    "label": "café",
    "decoys": 199,
    "plan": {"method": "rank", "level": 0.01},
    "created": "2026-11-23T10:11:12Z",
    "beacon_source": None,
}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=6,
)


def tampered(isotope: Isotope, path: tuple[str, ...], value: object) -> Opening:
    """The isotope's opening with one value replaced."""
    changed = copy.deepcopy(isotope.opening().to_dict())
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return Opening.from_json(json.dumps(changed))


def test_the_commitment_by_hand() -> None:
    # As docs/commitments.md describes it, without any code of ours. A change here breaks every
    # receipt ever shown: raise the format's version instead.
    root_hash = hashlib.sha256(b"isotopes/v1/root\0" + ROOT).hexdigest()
    text = (
        '{"alpha":0.4,"beacon":null,"created":"2026-11-23T10:11:12Z","decoys":{"count":199,'
        '"rule":"the mark is draw 0 and decoy i is draw i of family gratings version 1 with these'
        ' options, keyed from the root under isotopes/v1/marks/gratings/"},"family":"gratings",'
        '"family_version":1,'
        '"format":"isotopes-commitment/2","label":"café","options":{},"plan":{"level":0.01,'
        f'"method":"rank"}},"root_sha256":"sha256:{root_hash}","salt":"{SALT.hex()}"}}'
    )
    expected = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    assert digest_of(make_statement(root=ROOT, salt=SALT, **TERMS)) == expected
    assert expected == "sha256:68b1daef470c6e634c6f4f3ab667b8de2a685211fb5473f0e0c35adf9ae41293"


def test_an_opening_that_matches(make: Make) -> None:
    isotope = make()
    receipt = Receipt.from_json(json.dumps(isotope.receipt("Ann's cats").to_dict()))
    opening = Opening.from_json(json.dumps(isotope.opening().to_dict()))
    checked = check_opening(receipt, opening)
    assert receipt.note == "Ann's cats"
    assert checked.commitment == isotope.commitment
    assert checked.statement["label"] == "tabby"
    assert checked.draw(0) == isotope.mark()
    assert checked.draw(199) == isotope.decoy(199)
    assert isotope.root.hex() not in repr(checked)
    assert repr(isotope.root) not in repr(checked)


@pytest.mark.parametrize("index", [-1, 200])
def test_only_what_was_committed_is_drawn(make: Make, index: int) -> None:
    isotope = make()
    checked = check_opening(isotope.receipt(), isotope.opening())
    with pytest.raises(ReceiptError, match=f"fixed draws 0 to 199, got {index}"):
        checked.draw(index)


@given(
    family=st.sampled_from(sorted(mark_families())),
    options=st.dictionaries(st.text("abc", max_size=3), st.text(st.characters(codec="utf-8"))),
    alpha=st.floats(0, 1, exclude_min=True),
    label=st.none() | st.text(st.characters(codec="utf-8")).filter(str.isprintable),
    decoys=st.integers(0, 10_000),
    plan=st.dictionaries(st.text("abc"), json_values, max_size=4),
)
def test_any_terms_survive_the_way_through_json(**terms: Any) -> None:
    statement = make_statement(
        root=ROOT,
        salt=SALT,
        family_version=1,
        created="2026-01-01T00:00:00Z",
        beacon_source=None,
        **terms,
    )
    receipt = Receipt(digest_of(statement), "2026-01-01T00:00:00Z")
    text = json.dumps(Opening(ROOT, None, statement).to_dict())
    assert check_opening(receipt, Opening.from_json(text)).statement == statement


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("root",), "00" * 32, "root: does not hash to root_sha256"),
        (("statement", "root_sha256"), "sha256:" + "0" * 64, "root: does not hash"),
        (("statement", "salt"), "00" * 32, "commitment: the statement does not hash"),
        (("statement", "family"), "gratings", "decoys: the rule is not that of"),
        (("statement", "family_version"), 2, "decoys: the rule is not that of"),
        (("statement", "options"), {"pool": "x"}, "commitment: the statement does not hash"),
        (("statement", "alpha"), 0.2, "commitment: the statement does not hash"),
        (("statement", "label"), "tiger", "commitment: the statement does not hash"),
        (("statement", "label"), None, "commitment: the statement does not hash"),
        (("statement", "decoys", "count"), 198, "commitment: the statement does not hash"),
        (("statement", "decoys", "count"), -1, "decoys: the count must be a whole number"),
        (("statement", "decoys", "rule"), "my choice", "decoys: the rule is not that of"),
        (("statement", "plan", "level"), 0.05, "commitment: the statement does not hash"),
        (("statement", "created"), "2020-01-01T00:00:00Z", "created: differs from the receipt"),
        (("statement", "format"), "isotopes-commitment/1", "format: must be"),
        (("statement", "extra"), 1, "extra: is not a field of a statement"),
        (("statement", "decoys"), 199, "decoys: has the wrong type, int"),
    ],
)
def test_every_change_is_noticed(
    make: Make, path: tuple[str, ...], value: object, told: str
) -> None:
    isotope = make()
    with pytest.raises(ReceiptError, match="the opening does not match the receipt") as caught:
        check_opening(isotope.receipt(), tampered(isotope, path, value))
    assert told in str(caught.value)
    assert isotope.root.hex() not in str(caught.value)


def test_a_missing_field_is_named(make: Make) -> None:
    opening = make().opening().to_dict()
    del opening["statement"]["alpha"]  # type: ignore[attr-defined]
    with pytest.raises(ReceiptError, match="alpha: is missing"):
        check_opening(make().receipt(), Opening.from_json(json.dumps(opening)))


def test_another_isotope_with_the_same_terms(make: Make) -> None:
    with pytest.raises(ReceiptError, match="commitment: the statement does not hash to it"):
        check_opening(make().receipt(), make().opening())


def test_a_receipt_reveals_nothing(make: Make) -> None:
    isotope = make("secret-name", source="secret-folder", label="secret-label")
    shown = isotope.receipt().to_dict()
    assert set(shown) == {"format", "commitment", "created", "beacon", "note"}
    text = json.dumps(shown)
    for hidden in ("secret", "dead_leaves", "0.375", "199", "rank", "0.01"):
        assert hidden not in text.replace(isotope.commitment, "")
    for key in (isotope.root, isotope.salt):
        assert key.hex() not in text


def test_a_receipt_cannot_be_guessed_open(make: Make) -> None:
    # Without the salt a right guess of everything else still gives another hash.
    isotope = make()
    guess = {**isotope.statement(), "salt": "00" * 32}
    assert digest_of(guess) != isotope.commitment


def test_a_receipt_is_the_same_each_time(make: Make) -> None:
    isotope = make()
    assert isotope.receipt() == isotope.receipt()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "this receipt is not valid JSON"),
        ("[]", "this is no receipt: its format must be isotopes-receipt/2"),
        ('{"format": "isotopes-receipt/3"}', "its format must be isotopes-receipt/2"),
        ('{"format": "isotopes-receipt/2"}', "must hold commitment, created, beacon, note"),
        (
            '{"format": "isotopes-receipt/2", "commitment": "x", "created": "y",'
            ' "beacon": null, "note": 1}',
            "a receipt's note must be text, got int",
        ),
        (
            '{"format": "isotopes-receipt/2", "note": "a", "note": "b"}',
            "the field 'note' is given twice",
        ),
        ('{"format": NaN}', "NaN is not JSON"),
        ('{"format": "\\ud800"}', "this receipt is not valid JSON"),
    ],
)
def test_what_is_no_receipt(text: str, told: str) -> None:
    with pytest.raises(ReceiptError, match=told):
        Receipt.from_json(text)


@pytest.mark.parametrize(
    ("root", "statement", "told"),
    [
        ("zz" * 32, {}, "root must be 64 hexadecimal digits"),
        ("00" * 31, {}, "root must be 64 hexadecimal digits"),
        (7, {}, "root must be 64 hexadecimal digits"),
        ("00" * 32, [], "statement must be a JSON object"),
    ],
)
def test_what_is_no_opening(root: object, statement: object, told: str) -> None:
    text = json.dumps(
        {"format": "isotopes-opening/2", "root": root, "beacon": None, "statement": statement}
    )
    with pytest.raises(ReceiptError, match=told):
        Opening.from_json(text)


def test_an_opening_of_another_release(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    isotope = make()
    checked = check_opening(isotope.receipt(), isotope.opening())
    monkeypatch.setattr(type(get_family("dead_leaves")), "version", 99)
    with pytest.raises(MarkError, match="is version 99 here, but the mark was made with version"):
        checked.draw(0)


def test_the_commitment_with_a_beacon_by_hand() -> None:
    # The second vector of docs/commitments.md.
    statement = make_statement(root=ROOT, salt=SALT, **{**TERMS, "beacon_source": "drand, round 7"})
    plain = make_statement(root=ROOT, salt=SALT, **TERMS)
    assert statement["decoys"]["rule"] == plain["decoys"]["rule"].replace(
        "keyed from the root under", "keyed from the root and the beacon's value under"
    )
    assert statement["beacon"] == "drand, round 7"
    assert digest_of(statement) == WITH_BEACON


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"alpha": 9.0}, "alpha: must be above 0 and at most 1, got 9"),
        ({"alpha": 0.0}, "alpha: must be above 0"),
        ({"alpha": True}, "alpha: has the wrong type, bool"),
        ({"salt": ""}, "salt: must be 64 hexadecimal digits"),
        ({"salt": "zz" * 32}, "salt: must be 64 hexadecimal digits"),
        ({"family": "nobody"}, "family: there is none called 'nobody' here"),
        ({"family_version": True}, "family_version: has the wrong type, bool"),
        ({"created": "yesterday"}, "created: must be a time"),
        ({"created": "2026-1-1T0:0:0Z"}, "created: must be a time"),
        ({"label": "\x1b[2Jcat"}, "label: must hold printable characters only"),
        ({"beacon": "a\nb"}, "beacon: must hold printable characters only"),
        ({"options": {"pool": 7}}, "options: each must be text"),
        ({"decoys": {"count": True, "rule": ""}}, "decoys: the count must be a whole number"),
        ({"decoys": {"count": 9}}, "decoys: the count must be a whole number"),
        ({"root_sha256": "md5:0"}, "root_sha256: must be sha256:"),
    ],
)
def test_made_up_statements_that_were_hashed_again(
    make: Make, change: dict[str, Any], told: str
) -> None:
    """Their hashes are right: only the rules by which isotopes are made can tell."""
    isotope = make()
    statement = {**isotope.statement(), **change}
    receipt = Receipt(digest_of(statement), str(statement["created"]), statement["beacon"])
    with pytest.raises(ReceiptError, match="does not match") as caught:
        check_opening(receipt, Opening(isotope.root, None, statement))
    assert told in str(caught.value)
    assert "commitment: " not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"commitment": "sha256:abc"}, "commitment must be sha256: and 64 hexadecimal digits"),
        ({"commitment": 7}, "commitment must be sha256: and 64 hexadecimal digits"),
        ({"created": "2026"}, "created must be a time"),
        ({"beacon": 7}, "beacon must be text or null"),
    ],
)
def test_malformed_receipts(make: Make, change: dict[str, object], told: str) -> None:
    with pytest.raises(ReceiptError, match=told):
        Receipt.from_json(json.dumps({**make().receipt().to_dict(), **change}))
