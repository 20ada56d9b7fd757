"""What the front door gives. `lazy_loader` reads this file too: it is the one list of names."""

from . import errors
from .blending import blend
from .errors import IsotopesError
from .marks import Mark, draw, get_family, mark_families
from .photos import read_picture
from .stats.exact.rank import rank_test
from .stats.exact.sequential import SequentialPlan, sequential_rank_test
from .stats.paper.paired_t import paired_t
from .targets import Scores, Target, open_target, target_kinds
from .targets.kinds.callable import CallableTarget
from .vault import Isotope, Vault
from .workflows.checking.guarding import Care
from .workflows.front_door import (
    AuditVerdict,
    CombinedVerdict,
    OwnAudit,
    PictureVerdict,
    Verdict,
    audit,
    audit_own_pictures,
    check,
    check_generator,
    check_pictures,
    combine,
    find_own_pictures,
    load_verdict,
    mark_folder,
    sentence,
    write_page,
)

__version__: str

__all__ = [
    "AuditVerdict",
    "CallableTarget",
    "Care",
    "CombinedVerdict",
    "Isotope",
    "IsotopesError",
    "Mark",
    "OwnAudit",
    "PictureVerdict",
    "Scores",
    "SequentialPlan",
    "Target",
    "Vault",
    "Verdict",
    "audit",
    "audit_own_pictures",
    "blend",
    "check",
    "check_generator",
    "check_pictures",
    "combine",
    "draw",
    "errors",
    "find_own_pictures",
    "get_family",
    "load_verdict",
    "mark_families",
    "mark_folder",
    "open_target",
    "paired_t",
    "rank_test",
    "read_picture",
    "sentence",
    "sequential_rank_test",
    "target_kinds",
    "write_page",
]
