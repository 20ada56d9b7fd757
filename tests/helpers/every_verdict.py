"""One verdict of every kind, as the rooms that decide make them."""

from __future__ import annotations

import numpy as np
from verdict_files import digest, rank_verdict

from isotopes.faces.verdict import FaceVerdict
from isotopes.report.pages.make import AnyVerdict
from isotopes.stats.exact.rank import rank_test
from isotopes.stats.many.audit import audit_many
from isotopes.verify import Outcome, Verdict
from isotopes.verify.verdicts.audit import AuditVerdict
from isotopes.verify.verdicts.claim import ClaimVerdict
from isotopes.verify.verdicts.combined import combine_verdicts
from isotopes.verify.verdicts.pictures import PictureVerdict


def every_verdict(name: str = "holiday") -> list[AnyVerdict]:
    """A verdict of each kind: check, audit, face search, two checks together, pictures, claim."""
    check = Verdict.from_dict(rank_verdict(isotope=name))
    other = Verdict.from_dict(
        rank_verdict(3, isotope=f"{name} 2", commitment=digest(2), target="other.onnx")
    )
    claim = ClaimVerdict(
        claimed=check,
        asked=check,
        created="2026-03-01T09:30:00Z",
        random="ab" * 32,
        random_source="a beacon",
        pictures="Others, 400 pictures",
        picked=False,
        receipts=2,
    )
    together = combine_verdicts([check, other])
    seen = picture_verdict(name)
    return [check, audit_verdict(name), face_verdict(name), together, seen, claim]


def audit_verdict(name: str) -> AuditVerdict:
    """Three marks in a model of four labels; it learned the first one."""
    rng = np.random.default_rng(2)
    marks, decoys, probes, labels = 3, 119, 12, 4
    logits = rng.normal(0, 0.3, (marks + decoys, probes, labels))
    logits[0, :, 1] += 4
    answers = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    samples = np.array([rng.permutation(probes)[:8] for _ in range(4)])
    found = audit_many(answers, [1, 2, -1], np.ones((probes, labels), np.bool_), samples)
    names = tuple(f"{name} {at}" for at in range(marks))
    return AuditVerdict(
        verdict=Outcome.DETECTED,
        reasons=(),
        warnings=(),
        isotopes=names,
        commitments=tuple(map(digest, range(1, 1 + marks))),
        beacons=(None,) * marks,
        claimed=("cat", "dog", None),
        plan_hash=digest(9),
        target="model.onnx",
        target_identity=digest(8),
        labels=("bird", "cat", "dog", "fish"),
        queries=(1 + marks + decoys) * probes,
        cut_short=False,
        found=found,
        versions={"isotopes": "0.1.0"},
    )


def face_verdict(name: str) -> FaceVerdict:
    """A gallery that holds marked pictures."""
    found = rank_test(0.91, np.random.default_rng(1).normal(0.6, 0.05, 199), level=0.01)
    return FaceVerdict(
        verdict=Outcome.DETECTED,
        sentence=f"detected: none of 199 decoys bring them as high (p = {found.pvalue:.3g})",
        reasons=(),
        isotope=name,
        commitment=digest(1),
        beacon=None,
        plan_hash=digest(2),
        target="dlib:gallery.npz",
        target_identity=digest(3),
        ours=3,
        queries=400,
        cut_short=False,
        found=found,
        versions={"isotopes": "0.1.0"},
    )


def picture_verdict(name: str) -> PictureVerdict:
    """A generator whose pictures match the mark."""
    return PictureVerdict(
        verdict=Outcome.DETECTED,
        reasons=(),
        warnings=(),
        isotope=name,
        commitment=digest(1),
        beacon=None,
        plan_hash=digest(2),
        target="generated",
        target_identity=digest(3),
        exchangeable=True,
        level=0.01,
        first=99,
        decoys=199,
        go_on=0.2,
        pictures=500,
        groups=2,
        repeated=1,
        unreadable=0,
        pvalue=1 / 200,
        score=6.5,
        decoy_scores=tuple(np.random.default_rng(1).normal(1, 0.5, 199).round(6).tolist()),
        found="the whole mark, mirrored or not",
        versions={"isotopes": "0.1.0"},
    )
