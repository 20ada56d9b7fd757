"""Evidence that somebody else can check: one file with all parts of a check."""

from isotopes.workflows.evidence.bundle import Bundle, make_bundle, read_bundle, write_bundle
from isotopes.workflows.evidence.checking import verify_bundle
from isotopes.workflows.evidence.part_check import PartCheck

__all__ = ["Bundle", "PartCheck", "make_bundle", "read_bundle", "verify_bundle", "write_bundle"]
