"""Fix what will be tested before the pictures are marked, and mix in what nobody knew then.

In two steps, because the order is what proves something: `prepare_isotope` commits to a secret root
and names a public random value; the receipt is stamped; the value is drawn; marking mixes it in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isotopes.defaults import DECOYS
from isotopes.errors import MarkError, VaultError, unreadable
from isotopes.marks import get_family
from isotopes.vault import Isotope, Vault, new_isotope
from isotopes.vault.commitments.beacon import MOST_BYTES
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.fetching import fetch, is_url

_HEXADECIMAL = re.compile("(?:[0-9a-fA-F]{2}){16,}")


@dataclass(frozen=True)
class Commitment:
    """What an isotope commits to.

    Attributes:
        family, options: which marks, and that family's settings.
        alpha: visibility in (0, 1].
        label: what the person expects a model to call these pictures, if they know.
        decoys: how many decoys are committed with the mark.
        plan: how it will be tested; of `committed_terms`.
        beacon_source: the public random value to be mixed in; None for none.
    """

    family: str
    alpha: float
    options: Mapping[str, str] = field(default_factory=dict)
    label: str | None = None
    decoys: int = DECOYS
    plan: Mapping[str, Any] = field(default_factory=committed_terms)
    beacon_source: str | None = None

    def make(self, name: str, source: str = "") -> Isotope:
        """A new isotope with these terms, in no vault yet.

        Raises:
            MarkError: a family or an option that doesn't exist, no decoys, or more than it holds.
            VaultError: a name, label or source that can't be recorded.
        """
        if self.decoys < 1:
            raise MarkError(
                f"a mark must be committed with at least 1 decoy, got {self.decoys}",
                hint="a check separates the mark from chance by its decoys:"
                f" leave --decoys out for {DECOYS}",
            )
        return new_isotope(
            name,
            get_family(self.family, self.options),
            self.alpha,
            label=self.label,
            decoys=self.decoys,
            plan=self.plan,
            source=source,
            beacon_source=self.beacon_source,
        )


def prepare_isotope(vault: Vault, name: str, terms: Commitment) -> Isotope:
    """Keep a new isotope whose mark can't be drawn before its beacon is.

    Raises:
        VaultError: the name is taken, no beacon is announced, or as `Commitment.make`.
        MarkError: as `Commitment.make`.
        WrongPassphrase: the vault is sealed with another one.
    """
    if terms.beacon_source is None:
        raise VaultError(
            "preparing an isotope needs the beacon that will be mixed in",
            hint="`isotopes mark` alone makes isotopes without one",
        )
    isotope = terms.make(name)
    vault.add(isotope)
    return isotope


def read_beacon(text: str) -> bytes:
    """The value of a beacon, as it is given on a command line.

    Args:
        text: 32 or more hexadecimal digits, a file, or an address; of the latter two all bytes
            count.

    Raises:
        VaultError: none of these, or it can't be read.
    """
    if is_url(text):
        return fetch(text)
    if _HEXADECIMAL.fullmatch(text):
        return bytes.fromhex(text)
    path = Path(text)
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)  # one too many is refused where it is mixed in
    except OSError as error:
        raise VaultError(
            f"a beacon's value must be 32 or more hexadecimal digits, a file or an address:"
            f" {unreadable(path, error)}"
        ) from None
