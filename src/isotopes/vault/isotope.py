"""An isotope: one mark's key, how it is blended in, and what was fixed about its test."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from isotopes.canonical import canonical_json, digest, digest_of
from isotopes.defaults import DECOYS, PICTURE_DECOYS_TERM
from isotopes.errors import MarkError, VaultError
from isotopes.hints import command
from isotopes.marks import Family, Mark, get_family
from isotopes.seeds import CHOICE, derive, fresh_bytes
from isotopes.vault.commitments.beacon import check_beacon, check_source, mix_beacon
from isotopes.vault.commitments.commitment import make_statement
from isotopes.vault.commitments.opening import Opening
from isotopes.vault.commitments.receipt import Receipt
from isotopes.vault.terms import check_terms, check_text, clean_name, storable, utc_now


@dataclass(frozen=True)
class Isotope:
    """Everything needed to mark pictures and to test a model for it later.

    Attributes:
        name: unique in its vault.
        root: 32 secret bytes, committed; the mark, the decoys and the choice of pictures derive
            from it, and from the beacon where one was announced (`key`).
        salt: 32 secret bytes that hide the commitment's content until it is opened.
        family, family_version, options: the rule that draws marks, its options pinned by hash.
        alpha: how visible the mark is, in (0, 1].
        label: what the owner expects a model to call these pictures, if they know.
        decoys: how many decoys are committed; decoy i is draw i.
        plan: how the test will be run (statistic, method, level, label search), JSON.
        created: UTC, ISO 8601.
        commitment: ``sha256:...`` over all of the above but the name.
        source: the folder it was made for, or "".
        beacon_source: which public random value is mixed into the key, announced in the
            commitment before it was drawn; None if none is.
        beacon: the value, hexadecimal; None if it isn't known yet.
    """

    name: str
    root: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    family: str
    family_version: int
    options: Mapping[str, str]
    alpha: float
    label: str | None
    decoys: int
    plan: Mapping[str, Any]
    created: str
    commitment: str
    source: str = ""
    beacon_source: str | None = None
    beacon: str | None = None

    @property
    def key(self) -> bytes:
        """The 32 secret bytes that everything is drawn from.

        Raises:
            VaultError: the beacon that was announced is not known yet.
        """
        if self.beacon_source is None:
            return self.root
        if self.beacon is None:
            raise VaultError(
                f"isotope {self.name!r} waits for its beacon: {self.beacon_source}",
                hint="once it is drawn: "
                + command("mark FOLDER --out MARKED --add-to {} --beacon VALUE", self.name),
            )
        return mix_beacon(self.root, bytes.fromhex(self.beacon))

    @property
    def waits(self) -> bool:
        """Is its beacon announced and not known yet, so that nothing was marked with it?"""
        return self.beacon_source is not None and self.beacon is None

    @property
    def beacon_in_words(self) -> str | None:
        """What was mixed into the key: the announced source and the value's digest, or None."""
        if self.beacon_source is None or self.beacon is None:
            return None
        return f"{self.beacon_source} ({digest(bytes.fromhex(self.beacon))})"

    def with_beacon(self, value: bytes) -> Isotope:
        """The same isotope with the beacon that it announced.

        Raises:
            VaultError: it announced none, it has another one, or the value can't be one.
        """
        check_beacon(value)
        if self.beacon_source is None:
            raise VaultError(
                f"isotope {self.name!r} announced no beacon, so none can be mixed into its key",
                hint="`isotopes vault prepare` makes an isotope that does",
            )
        if self.beacon not in {None, value.hex()}:
            raise VaultError(
                f"isotope {self.name!r} has its beacon already, and this is another value",
                hint="leave --beacon out: what was published stays as it is",
            )
        return replace(self, beacon=value.hex())

    def draw_family(self) -> Family:
        """The family that draws the mark, at the version and with the pictures recorded.

        Raises:
            MarkError: this release has another version of it, or its pictures have changed.
        """
        return self._family

    def mark(self) -> Mark:
        """The mark: draw 0."""
        return self._family.draw(self.key, 0)

    def decoy(self, index: int) -> Mark:
        """Decoy `index`, 1 to `decoys`.

        Raises:
            MarkError: a decoy that was not committed to.
        """
        if not 1 <= index <= self.decoys:
            raise MarkError(
                f"isotope {self.name} is committed to decoys 1 to {self.decoys}, got {index}"
            )
        return self._family.draw(self.key, index)

    def draw(self, index: int) -> Mark:
        """The mark for 0, decoy `index` for others.

        Raises:
            MarkError: a decoy that was not committed to.
        """
        return self.decoy(index) if index else self.mark()

    @property
    def picture_decoys(self) -> int:
        """How many decoys were committed for checks of pictures: at least those for all checks."""
        more = self.plan.get(PICTURE_DECOYS_TERM, 0)
        size = self._family.size
        most = sys.maxsize if size is None else size - 1
        return max(self.decoys, min(most, more if isinstance(more, int) else 0))

    def choice_key(self) -> bytes:
        """The key that chooses which pictures carry the mark."""
        return derive(self.key, CHOICE)

    def statement(self) -> dict[str, Any]:
        """What the commitment hashes; docs/commitments.md."""
        return make_statement(
            root=self.root,
            salt=self.salt,
            family=self.family,
            family_version=self.family_version,
            options=self.options,
            alpha=self.alpha,
            label=self.label,
            decoys=self.decoys,
            plan=self.plan,
            created=self.created,
            beacon_source=self.beacon_source,
        )

    def receipt(self, note: str = "") -> Receipt:
        """The receipt: the same each time, so that a timestamp on a lost one stays good."""
        return Receipt(self.commitment, self.created, self.beacon_source, note)

    def opening(self) -> Opening:
        """What reveals the commitment, the root key with it."""
        beacon = None if self.beacon is None else bytes.fromhex(self.beacon)
        return Opening(self.root, beacon, self.statement())

    @cached_property
    def _family(self) -> Family:
        # Kept, because a family with a pool of pictures hashes them all when it is made.
        return get_family(self.family, self.options, self.family_version)


def new_isotope(
    name: str,
    family: Family,
    alpha: float,
    *,
    label: str | None = None,
    decoys: int = DECOYS,
    plan: Mapping[str, Any],
    source: str = "",
    beacon_source: str | None = None,
    root: bytes | None = None,
) -> Isotope:
    """A fresh isotope: new root and salt from the operating system, and its commitment.

    Args:
        beacon_source: announce a public random value that isn't drawn yet.
        root: 32 bytes instead of random ones, for reproducible demos. Anybody who can
            guess them knows the mark.

    Raises:
        VaultError: a name, alpha, label, option, plan or source that can't be recorded.
        MarkError: the family holds fewer draws than the mark and its decoys need.
    """
    check_terms(family, alpha, label, decoys)
    terms: dict[str, Any] = {
        "root": fresh_bytes() if root is None else root,
        "salt": fresh_bytes(),
        "family": family.name,
        "family_version": family.version,
        "options": family.pinned_options(),
        "alpha": float(alpha),
        "label": label,
        "decoys": decoys,
        "plan": _plain_json(plan),
        "created": utc_now(),
        "beacon_source": beacon_source,
    }
    if beacon_source is not None:
        check_source(beacon_source)
    for option, value in terms["options"].items():
        check_text(f"option {option}", value)
    commitment = digest_of(make_statement(**terms))
    return Isotope(name=clean_name(name), commitment=commitment, source=storable(source), **terms)


def _plain_json(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The plan as it will be read back: tuples become lists before they are hashed."""
    try:
        plain: dict[str, Any] = json.loads(canonical_json(dict(plan)))
    except (TypeError, ValueError) as error:
        raise VaultError(f"an isotope's plan must be JSON: {error}") from None
    return plain
