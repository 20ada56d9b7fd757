"""What `from isotopes import ...` gives for whole jobs.

`isotopes.report.notebook`, which it imports, makes notebooks show verdicts as HTML.
"""

import isotopes.report.notebook  # noqa: F401 - it registers itself
from isotopes.report import sentence, write_page
from isotopes.verify import Verdict
from isotopes.verify.verdicts.audit import AuditVerdict
from isotopes.verify.verdicts.combined import CombinedVerdict
from isotopes.verify.verdicts.loading import load_verdict
from isotopes.verify.verdicts.pictures import PictureVerdict
from isotopes.workflows.auditing_own import OwnAudit
from isotopes.workflows.checking.own_pictures import find_own_pictures
from isotopes.workflows.front_door.checking import (
    audit,
    audit_own_pictures,
    check,
    combine,
)
from isotopes.workflows.front_door.marking import mark_folder
from isotopes.workflows.front_door.pictures import check_generator, check_pictures

__all__ = [
    "AuditVerdict",
    "CombinedVerdict",
    "OwnAudit",
    "PictureVerdict",
    "Verdict",
    "audit",
    "audit_own_pictures",
    "check",
    "check_generator",
    "check_pictures",
    "combine",
    "find_own_pictures",
    "load_verdict",
    "mark_folder",
    "sentence",
    "write_page",
]
