from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isotopes.errors import ReceiptError
from isotopes.vault import Isotope
from isotopes.vault.commitments.merkle import inclusion_proof, merkle_root, root_from_proof
from isotopes.vault.commitments.receipt_list import InclusionProof, ReceiptList

Make = Callable[..., Isotope]


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def test_the_root_by_hand() -> None:
    a, b, c = (sha(b"\0" + leaf) for leaf in (b"a", b"b", b"c"))
    assert merkle_root([b"a"]) == a
    assert merkle_root([b"a", b"b", b"c"]) == sha(b"\1" + sha(b"\1" + a + b) + c)


def test_against_certificate_transparency() -> None:
    """The eight leaves and the root of certificate-transparency-go's reference tests."""
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    leaves.append("606162636465666768696a6b6c6d6e6f")
    root = merkle_root([bytes.fromhex(leaf) for leaf in leaves])
    assert root.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(st.integers(1, 70), st.data())
def test_every_leaf_leads_to_the_root(size: int, data: st.DataObject) -> None:
    leaves = [bytes([number]) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(leaves, index), merkle_root(leaves)
    assert root_from_proof(leaves[index], index, size, proof) == root
    wrong = data.draw(st.integers(0, size - 1).filter(lambda other: other != index or size == 1))
    if wrong != index:
        assert root_from_proof(leaves[wrong], index, size, proof) != root
    assert root_from_proof(leaves[index], index, size, [*proof, bytes(32)]) != root
    assert root_from_proof(leaves[index], size, size, proof) is None
    if proof:
        assert root_from_proof(leaves[index], index, size, proof[1:]) != root


def test_a_receipt_in_its_list(make: Make) -> None:
    receipts = [make(f"{number}").receipt() for number in range(7)]
    listed = ReceiptList.from_json(json.dumps(ReceiptList.of(receipts).to_dict()))
    for receipt in receipts:
        place = InclusionProof.from_json(json.dumps(listed.place_of(receipt).to_dict()))
        assert place.size == 7
        assert place.root(receipt) == listed.root
    with pytest.raises(ReceiptError, match="not in the list"):
        listed.place_of(make("stranger").receipt())
    with pytest.raises(ReceiptError, match="doesn't fit place 7 of 7"):
        InclusionProof(7, 7, ()).root(receipts[0])


def test_leaving_one_out_shows(make: Make) -> None:
    receipts = [make(f"{number}").receipt() for number in range(5)]
    whole, less = ReceiptList.of(receipts), ReceiptList.of(receipts[:-1])
    assert whole.root != less.root
    assert whole.stamped != less.stamped
    with pytest.raises(ReceiptError, match="the root of this list is not that of its receipts"):
        ReceiptList.from_json(json.dumps({**whole.to_dict(), "receipts": list(less.digests)}))


@pytest.mark.parametrize("digests", [[], ["x"], [1], ["sha256:" + "0" * 64] * 2])
def test_what_is_no_list(digests: list[object]) -> None:
    text = json.dumps({"format": "isotopes-receipt-list/1", "root": "x", "receipts": digests})
    with pytest.raises(ReceiptError):
        ReceiptList.from_json(text)


@pytest.mark.parametrize("change", [{"index": True}, {"size": "7"}, {"proof": ["x"]}])
def test_what_is_no_place(change: dict[str, object]) -> None:
    with pytest.raises(ReceiptError, match="must hold an index, a size and"):
        InclusionProof.from_json(json.dumps({**InclusionProof(0, 1, ()).to_dict(), **change}))
