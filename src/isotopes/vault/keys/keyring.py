"""Keys as a vault stores them: sealed under its passphrase, or bare if its owner wants that.

The vault's metadata records whether they are sealed (`sealing`). If the entry is missing, the
vault was altered: a missing entry never permits anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from isotopes.canonical import canonical_json, digest_of
from isotopes.errors import VaultError
from isotopes.seeds import KEY_BYTES
from isotopes.strict_json import read_json
from isotopes.vault.isotope import Isotope
from isotopes.vault.keys.sealing import DataKey, Sealing
from isotopes.vault.keys.services import ENVIRONMENT, KeyService, ServiceSealing
from isotopes.vault.keys.services.service import METHOD as BY_SERVICE
from isotopes.vault.storage import rows
from isotopes.vault.storage.location import Location
from isotopes.vault.storage.schema import isotopes
from isotopes.vault.storage.stored import StoredTerms, believed

AskPassphrase = Callable[[], str]
Unlock = AskPassphrase | KeyService  # what opens sealed keys: a passphrase, or a key service

BARE = "none"  # the value of `sealing` where keys are stored as they are
SECRET_BYTES = 2 * KEY_BYTES  # root and salt
_ALTERED = "restore a backup; `isotopes vault restore` keeps the vault that is there aside"


class KeyRing:
    """Seals and unseals the keys of one vault; passphrase or key service are asked once."""

    def __init__(
        self,
        location: Location,
        meta: Mapping[str, str],
        ask: Unlock | None,
        key: DataKey | None = None,
    ) -> None:
        """Args: what the vault says of itself, and the data key if it is known already.

        Raises:
            VaultError: the vault doesn't say which it is, or whether its keys are sealed.
        """
        for name in ("vault_id", "created", "sealing"):
            if name not in meta:
                raise VaultError(
                    f"the vault at {location} was altered: its {name!r} is missing", hint=_ALTERED
                )
        self._location, self._vault_id, self._sealing = location, meta["vault_id"], meta["sealing"]
        self._ask, self._key = ask, key

    @property
    def sealed(self) -> bool:
        """Are the keys under a passphrase or a key service?"""
        return self._sealing != BARE

    def store(self, isotope: Isotope) -> bytes:
        """Root and salt as they are to be stored.

        Raises:
            VaultError: the isotope's commitment isn't that of its terms; or a passphrase was given
                and the vault's keys are not sealed.
            WrongPassphrase: the vault is sealed with another one.
        """
        if digest_of(isotope.statement()) != isotope.commitment:
            raise VaultError(f"the commitment of isotope {isotope.name!r} is not that of its terms")
        if not self.sealed and self._ask is not None:
            given = "key service" if isinstance(self._ask, KeyService) else "passphrase"
            raise VaultError(
                f"a {given} was given, but the keys in {self._location} are not sealed",
                hint="nothing was stored. `isotopes vault passphrase` seals them. If they were"
                " sealed before, the vault was altered: restore a backup",
            )
        return self.seal(isotope, self.data_key())

    def seal(self, isotope: Isotope, key: DataKey | None) -> bytes:
        """Root and salt, sealed by the key if there is one."""
        secret = isotope.root + isotope.salt
        if key is None:
            return secret
        return key.seal(secret, self._context(isotope.name, isotope.commitment))

    def read(self, row: Mapping[Any, Any]) -> Isotope:
        """The isotope of a row, once it is checked against its commitment.

        Raises:
            VaultError: what is stored was altered.
            WrongPassphrase: the vault is sealed with another one.
        """
        key, secret = self.data_key(), row["secret"]
        try:
            terms = believed(StoredTerms, {name: row[name] for name in rows.OPEN_FIELDS})
            secret = believed(bytes, secret)
        except ValueError as error:
            raise VaultError(f"the vault was altered: {error}", hint=_ALTERED) from None
        if key is not None:
            secret = key.unseal(secret, self._context(row["name"], row["commitment"]))
        isotope = Isotope(root=secret[:KEY_BYTES], salt=secret[KEY_BYTES:], **vars(terms))
        if len(secret) != SECRET_BYTES or digest_of(isotope.statement()) != isotope.commitment:
            raise VaultError(
                f"isotope {isotope.name!r} does not match its commitment: the vault was altered",
                hint=_ALTERED,
            )
        return isotope

    def data_key(self) -> DataKey | None:
        """The key that seals; None if keys are stored bare.

        Raises:
            VaultError: a passphrase is needed, and nobody can be asked for it.
            WrongPassphrase: the vault is sealed with another one.
        """
        if self._key is None and self.sealed:
            if self._ask is None:
                raise VaultError(
                    f"the keys in {self._location} are sealed and need the passphrase, got none"
                )
            self._key = self._unwrapped(_parsed(self._sealing), self._ask)
        return self._key

    def _unwrapped(self, sealing: dict[str, Any], unlock: Unlock) -> DataKey:
        context = _vault_context(self._vault_id)
        if sealing.get("method") != BY_SERVICE:
            if isinstance(unlock, KeyService):
                raise VaultError(
                    f"the keys in {self._location} are sealed by a passphrase, not by"
                    f" {unlock.address}",
                    hint=f"unset {ENVIRONMENT}; `isotopes vault passphrase --key-service` seals"
                    " them by a key service",
                )
            return Sealing.from_dict(sealing).unwrap(unlock(), context)
        found = ServiceSealing.from_dict(sealing)
        if not isinstance(unlock, KeyService):
            raise VaultError(
                f"the keys in {self._location} are sealed by a key service, and were last by"
                f" {found.service}",
                hint=f"name yours in {ENVIRONMENT}; don't take an address from a vault that"
                " somebody else can write to",
            )
        return found.unwrap(unlock, context)

    def _context(self, name: str, commitment: str) -> bytes:
        """The context that a sealed key is bound to: moved to another row, it can't be opened."""
        place = {"vault": self._vault_id, "isotope": name, "commitment": commitment}
        return canonical_json(place)


def wrapped(key: DataKey, unlock: Unlock, vault_id: str) -> str:
    """The value of `sealing` for keys that are sealed by `key`, itself under passphrase or service.

    Raises:
        VaultError: an empty passphrase, or a service that can't be used.
    """
    context = _vault_context(vault_id)
    if isinstance(unlock, KeyService):
        return canonical_json(ServiceSealing.of(key, unlock, context).to_dict()).decode()
    return canonical_json(key.wrap(unlock(), context).to_dict()).decode()


def _vault_context(vault_id: str) -> bytes:
    return canonical_json({"vault": vault_id})


def _parsed(sealing: str) -> dict[str, Any]:
    try:
        found = read_json(sealing)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise VaultError("the description of how the keys are sealed is damaged", hint=_ALTERED)
    return found


def refuse_sealed(connection: Connection, location: Location) -> None:
    """Refuse a vault with bare keys that holds a sealed one: it was altered.

    Raises:
        VaultError: there is such a key.
    """
    odd = func.length(isotopes.c.secret) != SECRET_BYTES
    name = connection.scalar(select(isotopes.c.name).where(odd).limit(1))
    if name is not None:
        raise VaultError(
            f"the vault at {location} says that its keys are not sealed, but that of"
            f" {name!r} is: the vault was altered",
            hint="nothing was stored: restore a backup",
        )
