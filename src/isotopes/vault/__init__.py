"""The ledger: isotopes with their keys, what was marked, commitments, backups."""

from isotopes.vault.backup import backup_vault, restore_vault
from isotopes.vault.commitments.opening import CheckedOpening, Opening, check_opening
from isotopes.vault.commitments.receipt import Receipt
from isotopes.vault.isotope import Isotope, new_isotope
from isotopes.vault.storage.location import Location, locate
from isotopes.vault.storage.stored import FileEntry, IsotopeSummary
from isotopes.vault.terms import clean_name
from isotopes.vault.transfer import export_isotopes, import_isotopes, read_export
from isotopes.vault.vault import Vault

__all__ = [
    "CheckedOpening",
    "FileEntry",
    "Isotope",
    "IsotopeSummary",
    "Location",
    "Opening",
    "Receipt",
    "Vault",
    "backup_vault",
    "check_opening",
    "clean_name",
    "export_isotopes",
    "import_isotopes",
    "locate",
    "new_isotope",
    "read_export",
    "restore_vault",
]
