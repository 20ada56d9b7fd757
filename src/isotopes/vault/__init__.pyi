"""What `isotopes.vault` gives; `lazy_loader` reads this file too."""

from .backup import backup_vault, restore_vault
from .commitments.opening import CheckedOpening, Opening, check_opening
from .commitments.receipt import Receipt
from .isotope import Isotope, new_isotope
from .storage.arrivals import Known, Watch
from .storage.location import Location, locate
from .storage.stored import FileEntry, IsotopeSummary
from .terms import clean_name
from .transfer import export_isotopes, import_isotopes, read_export
from .vault import Vault

__all__ = [
    "CheckedOpening",
    "FileEntry",
    "Isotope",
    "IsotopeSummary",
    "Known",
    "Location",
    "Opening",
    "Receipt",
    "Vault",
    "Watch",
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
