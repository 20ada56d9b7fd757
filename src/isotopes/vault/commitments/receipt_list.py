"""All receipts of a vault in one list: how many there are can't be hidden later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from isotopes.canonical import canonical_json
from isotopes.errors import ReceiptError
from isotopes.vault.commitments.document import is_digest, read_document
from isotopes.vault.commitments.merkle import inclusion_proof, merkle_root, root_from_proof
from isotopes.vault.commitments.receipt import Receipt

LIST_FORMAT = "isotopes-receipt-list/1"
PLACE_FORMAT = "isotopes-receipt-place/1"


@dataclass(frozen=True)
class ReceiptList:
    """The digests of receipts in their order, and the one hash over them.

    A person who makes a hundred isotopes and shows the luckiest has a hundred attempts. Anybody
    with the stamped list sees all hundred, and can ask for each of them.

    Attributes:
        digests: of each receipt (`Receipt.digest`), ``sha256:...``.
    """

    digests: tuple[str, ...]

    @classmethod
    def of(cls, receipts: Sequence[Receipt]) -> ReceiptList:
        """Raises ReceiptError: no receipt, or the same one twice."""
        return cls(tuple(receipt.digest for receipt in receipts))

    def __post_init__(self) -> None:
        if not self.digests or len(set(self.digests)) < len(self.digests):
            raise ReceiptError("a list of receipts must hold at least 1, and none twice")

    @property
    def root(self) -> str:
        """The hash over the list, ``sha256:...``."""
        return f"sha256:{merkle_root(_bytes(self.digests)).hex()}"

    @property
    def stamped(self) -> bytes:
        """The bytes that a time stamp of the list covers: its hash and its length."""
        return stamped_list(self.root, len(self.digests))

    def place_of(self, receipt: Receipt) -> InclusionProof:
        """The receipt's index in the list, with the proof.

        Raises:
            ReceiptError: it isn't in the list.
        """
        if receipt.digest not in self.digests:
            raise ReceiptError("this receipt is not in the list")
        index = self.digests.index(receipt.digest)
        proof = inclusion_proof(_bytes(self.digests), index)
        return InclusionProof(
            index, len(self.digests), tuple(f"sha256:{one.hex()}" for one in proof)
        )

    def to_dict(self) -> dict[str, object]:
        """The list as JSON."""
        return {"format": LIST_FORMAT, "root": self.root, "receipts": list(self.digests)}

    @classmethod
    def from_json(cls, text: str | bytes) -> ReceiptList:
        """Raises ReceiptError: not a list of receipts, or its root is not that of its receipts."""
        found = read_document("list of receipts", text, LIST_FORMAT, ("root", "receipts"))
        digests = found["receipts"]
        if not isinstance(digests, list) or not all(map(is_digest, digests)):
            raise ReceiptError("a list of receipts must hold sha256: digests")
        made = cls(tuple(digests))
        if made.root != found["root"]:
            raise ReceiptError("the root of this list is not that of its receipts")
        return made


@dataclass(frozen=True)
class InclusionProof:
    """Proof that a receipt is one of this many, without showing the others.

    Attributes:
        index: from 0.
        size: how many receipts are in the list.
        proof: the hashes that lead to the list's root, from the bottom.
    """

    index: int
    size: int
    proof: tuple[str, ...]

    def root(self, receipt: Receipt) -> str:
        """The root of the list that contains this receipt.

        Raises:
            ReceiptError: the proof doesn't fit a list of this size.
        """
        leaf, *path = _bytes((receipt.digest, *self.proof))
        found = root_from_proof(leaf, self.index, self.size, path)
        if found is None:
            raise ReceiptError(f"this proof doesn't fit place {self.index} of {self.size}")
        return f"sha256:{found.hex()}"

    def to_dict(self) -> dict[str, object]:
        """The place as JSON."""
        return {
            "format": PLACE_FORMAT,
            "index": self.index,
            "size": self.size,
            "proof": list(self.proof),
        }

    @classmethod
    def from_json(cls, text: str | bytes) -> InclusionProof:
        """Raises ReceiptError: not a place of a receipt."""
        found = read_document("place", text, PLACE_FORMAT, ("index", "size", "proof"))
        index, size, proof = found["index"], found["size"], found["proof"]
        numbers = all(type(number) is int for number in (index, size))
        if not numbers or not isinstance(proof, list) or not all(map(is_digest, proof)):
            raise ReceiptError("a place must hold an index, a size and sha256: digests")
        return cls(index, size, tuple(proof))


def stamped_list(root: str, size: int) -> bytes:
    """What a time stamp of a list with this root and size stamps."""
    return canonical_json({"format": LIST_FORMAT, "root": root, "size": size})


def _bytes(digests: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(one.removeprefix("sha256:")) for one in digests]
