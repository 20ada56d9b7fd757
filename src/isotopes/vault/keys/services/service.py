"""What a key service does, and how a vault writes down that it is sealed by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isotopes.errors import VaultError
from isotopes.vault.keys.sealing import DataKey

METHOD = "key-service"


class KeyService(ABC):
    """Holds a key that never needs to be typed, and wraps other keys with it.

    A vault notes which service sealed it, for people to read. It is never asked of a vault which
    one to use: whoever can write to the vault could name one of their own.
    """

    @property
    @abstractmethod
    def address(self) -> str:
        """What its owner calls it by; no secret."""

    @abstractmethod
    def wrap(self, key: bytes, context: bytes) -> bytes:
        """The key, encrypted and bound to `context`.

        Raises:
            VaultError: the service can't be used.
        """

    @abstractmethod
    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The key again.

        Raises:
            WrongPassphrase: it was wrapped with another key, or for another vault.
            VaultError: the service can't be used.
        """


@dataclass(frozen=True)
class ServiceSealing:
    """A data key wrapped by a key service; holds no secret.

    Attributes:
        service: the service's address.
        wrapped: the data key as the service gave it.
    """

    service: str
    wrapped: bytes

    @classmethod
    def of(cls, key: DataKey, service: KeyService, context: bytes) -> ServiceSealing:
        """The data key, wrapped."""
        return cls(service.address, service.wrap(key.reveal(), context))

    def unwrap(self, service: KeyService, context: bytes) -> DataKey:
        """The data key.

        Raises:
            WrongPassphrase, VaultError: as `KeyService.unwrap`.
        """
        return DataKey(service.unwrap(self.wrapped, context))

    def to_dict(self) -> dict[str, Any]:
        return {"method": METHOD, "service": self.service, "wrapped": self.wrapped.hex()}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> ServiceSealing:
        """Raises VaultError: not written by `to_dict`."""
        try:
            return cls(str(found["service"]), bytes.fromhex(found["wrapped"]))
        except (KeyError, TypeError, ValueError):
            raise VaultError("the description of how the keys are sealed is damaged") from None
