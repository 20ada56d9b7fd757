"""An isotope: one mark's key, how it is blended in, and what was fixed about its test."""

from __future__ import annotations

import json
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from isotopes.canonical import canonical_json, digest_of
from isotopes.errors import MarkError, VaultError
from isotopes.marks import Family, Mark, get_family
from isotopes.seeds import KEY_BYTES, derive, new_root
from isotopes.vault.commitment import Opening, Receipt, state

DECOYS = 199  # with the mark itself 200 draws: the least p-value is 0.005, below a level of 0.01
LONGEST_NAME = 200
CHOICE_LABEL = "isotopes/v1/choice"


@dataclass(frozen=True)
class Isotope:
    """Everything needed to mark pictures and to test a model for it later.

    Attributes:
        name: unique in its vault.
        root: 32 secret bytes; the mark, the decoys and the choice of pictures derive from it.
        salt: 32 secret bytes that hide the commitment's content until it is opened.
        family, family_version, options: the rule that draws marks, its options pinned by hash.
        alpha: how visible the mark is, in (0, 1].
        label: what the owner expects a model to call these pictures, if they know.
        decoys: how many decoys are committed; decoy i is draw i.
        plan: how the test will be run (statistic, method, level, label search), JSON.
        created: UTC, ISO 8601.
        commitment: ``sha256:...`` over all of the above but the name.
        source: the folder it was made for, or "".
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

    def draw_family(self) -> Family:
        """The family that draws the mark, at the version and with the pictures recorded.

        Raises:
            MarkError: this release has another version of it, or its pictures have changed.
        """
        return self._family

    def mark(self) -> Mark:
        """The mark: draw 0."""
        return self._family.draw(self.root, 0)

    def decoy(self, index: int) -> Mark:
        """Decoy `index`, 1 to `decoys`.

        Raises:
            MarkError: a decoy that was not committed to.
        """
        if not 1 <= index <= self.decoys:
            raise MarkError(
                f"isotope {self.name} is committed to decoys 1 to {self.decoys}, got {index}"
            )
        return self._family.draw(self.root, index)

    def draw(self, index: int) -> Mark:
        """The mark for 0, decoy `index` for others.

        Raises:
            MarkError: a decoy that was not committed to.
        """
        return self.decoy(index) if index else self.mark()

    def choice_key(self) -> bytes:
        """The key that chooses which pictures carry the mark."""
        return derive(self.root, CHOICE_LABEL)

    def statement(self) -> dict[str, Any]:
        """What the commitment hashes; docs/commitments.md."""
        return state(
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
        )

    def receipt(self, note: str = "") -> Receipt:
        """The receipt: the same each time, so that a timestamp on a lost one stays good."""
        return Receipt(self.commitment, self.created, note)

    def opening(self) -> Opening:
        """What reveals the commitment, the root key with it."""
        return Opening(self.root, self.statement())

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
    root: bytes | None = None,
) -> Isotope:
    """A fresh isotope: new root and salt from the operating system, and its commitment.

    Args:
        root: 32 bytes in place of new ones, for what must come out the same again. Whoever can
            guess them knows the mark.

    Raises:
        VaultError: a name, alpha, label, option or plan that can't be recorded.
        MarkError: the family holds fewer draws than the mark and its decoys need.
    """
    check_terms(family, alpha, label, decoys)
    terms: dict[str, Any] = {
        "root": new_root() if root is None else root,
        "salt": secrets.token_bytes(KEY_BYTES),
        "family": family.name,
        "family_version": family.version,
        "options": family.pinned_options(),
        "alpha": float(alpha),
        "label": label,
        "decoys": decoys,
        "plan": _plain_json(plan),
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    for option, value in terms["options"].items():
        _check_text(f"option {option}", value)
    commitment = digest_of(state(**terms))
    return Isotope(name=clean_name(name), commitment=commitment, source=storable(source), **terms)


def clean_name(name: str) -> str:
    """The name as the vault keeps it: composed Unicode (NFC), so that macOS's folders match typing.

    Raises:
        VaultError: empty, too long, with outer white space or with characters that can't be shown.
    """
    composed = unicodedata.normalize("NFC", name)
    _check_text("an isotope's name", composed)
    if composed != composed.strip() or not 1 <= len(composed) <= LONGEST_NAME:
        raise VaultError(
            f"an isotope's name must have 1 to {LONGEST_NAME} characters and no white space"
            f" around it, got {composed[:LONGEST_NAME]!r}"
        )
    return composed


def storable(path: str) -> str:
    """A path as text that any store can hold: undecodable bytes of a file name become escapes."""
    return path.encode("utf-8", "backslashreplace").decode()


def check_terms(family: Family, alpha: float, label: str | None, decoys: int) -> None:
    """Could there be an isotope like this?

    Raises:
        VaultError, MarkError: as `new_isotope`.
    """
    if not 0 < alpha <= 1:
        raise VaultError(f"alpha must be above 0 and at most 1, got {alpha}")
    if label is not None:
        _check_text("a label", label)
    if decoys < 0:
        raise VaultError(f"the number of decoys must be 0 or more, got {decoys}")
    if family.size is not None and family.size < decoys + 1:
        larger = "draw them from a larger folder of pictures (--pool)"
        fewer = "commit to fewer (--decoys): with N of them no p-value is below 1 / (N + 1)"
        raise MarkError(
            f"a mark and {decoys} decoys need {decoys + 1} draws,"
            f" but family {family.name} holds {family.size} with these options",
            hint=larger if family.size == 1 else f"{larger}, or {fewer}",
        )


def _check_text(what: str, text: str) -> None:
    """Only what every store, terminal and encoding keeps as it is."""
    if not text.isprintable():
        raise VaultError(f"{what} must hold printable characters only, got {text!r}")


def _plain_json(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The plan as it will be read back: tuples become lists before they are hashed."""
    try:
        plain: dict[str, Any] = json.loads(canonical_json(dict(plan)))
    except (TypeError, ValueError) as error:
        raise VaultError(f"an isotope's plan must be JSON: {error}") from None
    return plain
