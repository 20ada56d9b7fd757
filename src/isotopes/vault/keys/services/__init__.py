"""Keys that seal the vault's data key without a person at a keyboard: for services."""

from isotopes.vault.keys.services.opening import ENVIRONMENT, open_key_service
from isotopes.vault.keys.services.service import KeyService, ServiceSealing

__all__ = ["ENVIRONMENT", "KeyService", "ServiceSealing", "open_key_service"]
