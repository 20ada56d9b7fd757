"""How to audit, and what is used by default. Light: `audit --help` shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AuditTerms:
    """How to audit.

    Attributes:
        statistic: what is compared.
        probes, decoys: at most how many probes and exactly how many decoys are asked.
        level, delta, rounds: lambda, delta and Q of V and V_D; the level is that of the claims too.
        discovery_level: false-discovery rate of the attribution.
        disguise: change the picture of each query in another way.
    """

    statistic: str = "log-odds"
    probes: int = 100
    decoys: int = 199
    level: float = 0.1
    delta: float = 0.6
    rounds: int = 5
    discovery_level: float = 0.05
    disguise: bool = False
