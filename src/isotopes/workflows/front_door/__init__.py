"""What `from isotopes import ...` gives for whole jobs.

`isotopes.report`, which it imports, makes notebooks show verdicts as HTML.
"""

from isotopes.report import sentence, write_page
from isotopes.verify import Verdict
from isotopes.verify.verdicts.audit import AuditVerdict
from isotopes.verify.verdicts.combined import CombinedVerdict, load_verdict
from isotopes.workflows.checking.own_pictures import find_own_pictures
from isotopes.workflows.front_door.checking import audit, check, combine
from isotopes.workflows.front_door.marking import mark_folder

__all__ = [
    "AuditVerdict",
    "CombinedVerdict",
    "Verdict",
    "audit",
    "check",
    "combine",
    "find_own_pictures",
    "load_verdict",
    "mark_folder",
    "sentence",
    "write_page",
]
