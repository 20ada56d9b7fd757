"""Somebody claims that a model was trained on their pictures: a third party asks again."""

from isotopes.workflows.claims.claim import Claim, read_claim
from isotopes.workflows.claims.key_check import check_key
from isotopes.workflows.claims.verifying import Asking, verify_claim

__all__ = ["Asking", "Claim", "check_key", "read_claim", "verify_claim"]
