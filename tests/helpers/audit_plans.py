"""Plans of audits, where most of their fields don't matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from isotopes.verify.plans.audit import AuditPlan


def audit_plan(isotopes: Sequence[str], probes: int, **others: Any) -> AuditPlan:
    """A plan for these isotopes and so many probes without folders.

    Args:
        others: fields that a test chooses itself.
    """
    plan = AuditPlan(
        isotopes=tuple(isotopes),
        commitments=tuple(f"sha256:{at:064x}" for at in range(len(isotopes))),
        claimed=("cat",) * len(isotopes),
        beacons=(None,) * len(isotopes),
        family="gratings",
        family_version=1,
        alpha=0.4,
        decoys=3,
        statistic="log-odds",
        level=0.1,
        delta=0.6,
        rounds=5,
        size=3,
        discovery_level=0.05,
        probes=tuple(f"sha256:{at:064x}" for at in range(probes)),
        probe_labels=(None,) * probes,
        unreadable=0,
        target="a model",
        target_identity="sha256:" + "ef" * 32,
        seed="01" * 32,
    )
    return replace(plan, **others)
