from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from isotopes.verify import Verdict

BASE: dict[str, Any] = {
    "format": "isotopes-verdict/4",
    "verdict": "detected",
    "reasons": [],
    "warnings": [],
    "isotope": "holiday",
    "commitment": "sha256:" + "ab" * 32,
    "plan_hash": "sha256:" + "cd" * 32,
    "target": "model.onnx",
    "target_identity": "sha256:" + "ef" * 32,
    "exchangeable": True,
    "method": "rank",
    "statistic": "log-odds",
    "level": 0.01,
    "label": "cat",
    "labels_searched": 1,
    "weighed": False,
    "queries": 5025,
    "probes": 22,
    "own": 0,
    "left_out_by_answer": 3,
    "left_out_by_name": 4,
    "unreadable": 1,
    "cut_short": False,
    "versions": {"isotopes": "0.1.0"},
    "pvalue": 0.005,
    "score": 3.5,
    "decoy_scores": np.random.default_rng(0).normal(-1, 0.5, 199).tolist(),
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
    "independence": {"pvalue": 0.3, "deviations": 1.1, "decoys": 99, "pictures": 25},
    "own_independence": None,
    "copies": None,
    "details": {"decoys_as_high": 0},
}
UNDECIDED: dict[str, Any] = {
    "verdict": "inconclusive",
    "reasons": [{"kind": "too-few-probes", "values": {"needed": 5, "left": 4, "probes": 6}}],
    "pvalue": None,
    "score": None,
    "decoy_scores": [],
    "effect": None,
    "probabilities": None,
    "approximation": None,
    "details": {},
}
PAIRED_T: dict[str, Any] = {
    "method": "paired-t",
    "warnings": [{"kind": "error-rate-unknown", "values": {"method": "paired-t"}}],
    "pvalue": None,
    "decoy_scores": [0.1],
    "approximation": None,
    "details": {
        "significant_rounds": 5,
        "round_pvalues": [0.001] * 5,
        "delta": 0.6,
        "size": 250,
    },
}


@pytest.fixture
def detected() -> Verdict:
    return Verdict.from_dict(BASE)


@pytest.fixture
def inconclusive() -> Verdict:
    return Verdict.from_dict(BASE | UNDECIDED)


@pytest.fixture
def paired_t() -> Verdict:
    return Verdict.from_dict(BASE | PAIRED_T)
