"""What it takes, before a sweep asks anything, to compare its probes with all of its marks.

`python -m bench.scale drafting --marks 20000`: two local processes draw the marks. Wall time needs
an idle machine; the load is recorded.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import numpy as np

from bench.scale.processes import ChildMemory
from isotopes.defaults import DEFAULT_FAMILY
from isotopes.engines import open_engine
from isotopes.marks import get_family
from isotopes.targets import Picture, Scores, Target
from isotopes.targets.gate import OPEN, Gate
from isotopes.vault import new_isotope
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.audit_terms import AuditTerms
from isotopes.workflows.auditing import draft_audit

PROBES, SIDE = 100, 224
WORKERS = 2


class _Unasked(Target):
    """A model that drafting must not ask."""

    @property
    def name(self) -> str:
        return "unasked"

    def identity(self) -> str:
        return "sha256:" + "0" * 64

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        raise AssertionError("nothing may be asked")


def measure(marks: int) -> list[dict[str, object]]:
    """A row for a quarter of the marks, and one for all."""
    return [_drafted(number) for number in (marks // 4, marks)]


def _drafted(marks: int) -> dict[str, object]:
    family, plan = get_family(DEFAULT_FAMILY), committed_terms()
    roots = [at.to_bytes(32, "big") for at in range(marks)]
    isotopes = [
        new_isotope(f"users/{at}", family, family.usual_alpha, plan=plan, root=root)
        for at, root in enumerate(roots)
    ]
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (PROBES, SIDE, SIDE, 3), np.uint8)
    probes = [(f"other/{at}.png", picture) for at, picture in enumerate(pictures)]
    with open_engine("local", WORKERS) as executor:
        for done in [executor.submit(time.sleep, 1.0) for _ in range(WORKERS)]:
            done.result()
        memory = ChildMemory(os.getpid())
        before, start = memory.processor_seconds() + time.process_time(), time.perf_counter()
        draft_audit(isotopes, _Unasked(), probes, AuditTerms(decoys=999), executor=executor)
        seconds = time.perf_counter() - start
        spent = memory.processor_seconds() + time.process_time() - before
        memory.stop()
    return {
        "measure": f"{PROBES} probes compared with all marks",
        "marks": marks,
        "workers": WORKERS,
        "seconds": round(seconds, 1),
        "cpu_ms_a_mark": round(1000 * spent / marks, 2),
        "seconds_per_100000": round(seconds / marks * 100_000),
        "mib_of_all": round(max(memory.own)),
        "load": round(os.getloadavg()[0], 1),
    }
