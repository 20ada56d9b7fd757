"""Ways to find out whether a model was trained on one's pictures, one file each."""

from isotopes.lab.methods.method import (
    Asked,
    AuditFinding,
    AuditMethod,
    Needs,
    Owner,
    Scene,
    audit_methods,
    get_audit_method,
)

__all__ = [
    "Asked",
    "AuditFinding",
    "AuditMethod",
    "Needs",
    "Owner",
    "Scene",
    "get_audit_method",
    "audit_methods",
]
