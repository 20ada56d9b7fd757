"""Verdicts as JSON holds them, consistent in themselves."""

from __future__ import annotations

from typing import Any


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def rank_verdict(as_high: int = 0, decoys: int = 199, **changes: Any) -> dict[str, Any]:
    """A verdict by rank in which `as_high` of `decoys` decoys score as high as the mark."""
    pvalue, level, probes = (1 + as_high) / (1 + decoys), changes.get("level", 0.01), 22
    return {
        "format": "isotopes-verdict/4",
        "verdict": "detected" if pvalue <= level else "not detected",
        "reasons": [],
        "warnings": [],
        "isotope": "holiday",
        "commitment": digest(0xAB),
        "beacon": None,
        "plan_hash": digest(0xCD),
        "target": "model.onnx",
        "target_identity": digest(0xEF),
        "exchangeable": True,
        "method": "rank",
        "statistic": "log-odds",
        "level": level,
        "label": "cat",
        "labels_searched": 1,
        "weighed": False,
        "queries": 25 * (2 + decoys),
        "probes": probes,
        "own": 0,
        "left_out_by_answer": 3,
        "left_out_by_name": 0,
        "unreadable": 0,
        "cut_short": False,
        "versions": {"isotopes": "0.1.0"},
        "pvalue": pvalue,
        "score": 3.5,
        "decoy_scores": [4.0] * as_high + [1.0 - at / 100 for at in range(decoys - as_high)],
        "effect": {
            "mark": 3.5,
            "decoys": -1.0,
            "difference": 4.5,
            "low": 4.2,
            "high": 4.8,
            "confidence": 0.95,
        },
        "probabilities": {"clean": 0.11, "mark": 0.92, "decoys": 0.18},
        "approximation": {"pvalue": 4e-6, "normality": 0.3},
        "parts": {},
        "independence": {
            "format": "isotopes-correlation/1",
            "pvalue": 0.3,
            "deviations": 1.1,
            "decoys": 99,
            "pictures": 25,
        },
        "own_independence": None,
        "copies": None,
        "details": {"decoys_as_high": as_high},
        **changes,
    }
