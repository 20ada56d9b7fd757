"""One verdict of every kind, as the rooms that decide make them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from verdict_files import digest, rank_verdict

from isotopes.faces.plan import FacePlan
from isotopes.faces.verdict import FaceVerdict, decide_faces
from isotopes.report.pages.make import AnyVerdict
from isotopes.stats.many.audit import audit_many
from isotopes.verify import Outcome, Verdict
from isotopes.verify.verdicts.audit import AuditVerdict
from isotopes.verify.verdicts.claim import ClaimVerdict, KeyCheck
from isotopes.verify.verdicts.combined import combine_verdicts
from isotopes.verify.verdicts.pictures import PictureVerdict


def every_verdict(name: str = "holiday") -> list[AnyVerdict]:
    """A verdict of each kind: check, audit, face search, two together, pictures, encoder, claim."""
    check, other = check_verdict(name), another_check(name, 3)
    together = combine_verdicts([check, other])
    faces = face_verdict(name, 0.91)
    pictures, encoder = picture_verdict(name), encoder_verdict(name)
    return [check, audit_verdict(name), faces, together, pictures, encoder, claim(check)]


def every_innocent_verdict(name: str = "holiday") -> list[AnyVerdict]:
    """The same kinds, of models and galleries that never saw the marks."""
    check = check_verdict(name, 100)
    pictures = replace(picture_verdict(name), verdict=Outcome.NOT_DETECTED, pvalue=0.5, score=1.0)
    return [
        check,
        audit_verdict(name, lift=0.0),
        face_verdict(name, 0.6),
        combine_verdicts([check, another_check(name, 90)]),
        pictures,
        encoder_verdict(name, 100),
        claim(check),
    ]


def check_verdict(name: str, as_high: int = 0) -> Verdict:
    """A check in which so many of 199 decoys score as high as the mark."""
    return Verdict.from_dict(rank_verdict(as_high, isotope=name))


def encoder_verdict(name: str, as_high: int = 0) -> Verdict:
    """The same of an encoder, whose embeddings have no labels."""
    without = {"label": None, "labels_searched": 0, "probabilities": None, "approximation": None}
    said = {"statistic": "embeddings", "parts": {"probes": 1.2, "own": 3.5}}
    asked = {"probes": 16, "own": 48, "queries": 16 + 200 * (16 + 2 * 48), "left_out_by_answer": 0}
    return Verdict.from_dict(rank_verdict(as_high, isotope=name, **without, **said, **asked))


def another_check(name: str, as_high: int) -> Verdict:
    """The same of another mark in another model."""
    return Verdict.from_dict(
        rank_verdict(as_high, isotope=f"{name} 2", commitment=digest(2), target="other.onnx")
    )


def claim(check: Verdict) -> ClaimVerdict:
    """A claim that rests on this verdict, asked again with the same result."""
    return ClaimVerdict(
        claimed=check,
        asked=check,
        created="2026-03-01T09:30:00Z",
        key=KeyCheck(looked_up=False, stamped="2026-03-01T09:31:00Z", drawn=None),
        random="ab" * 32,
        random_source="a beacon",
        pictures="Others, 400 pictures",
        picked=False,
        receipts=2,
        tries=3,
    )


def audit_verdict(name: str, lift: float = 4.0) -> AuditVerdict:
    """Three marks in a model of four labels; the first one lifts its label by so much."""
    rng = np.random.default_rng(2)
    marks, decoys, probes, labels = 3, 119, 12, 4
    logits = rng.normal(0, 0.3, (marks + decoys, probes, labels))
    logits[0, :, 1] += lift
    answers = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    samples = np.array([rng.permutation(probes)[:8] for _ in range(4)])
    found = audit_many(answers, [1, 2, -1], np.ones((probes, labels), np.bool_), samples)
    names = tuple(f"{name} {at}" for at in range(marks))
    return AuditVerdict(
        verdict=Outcome.DETECTED if lift else Outcome.NOT_DETECTED,
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


def face_verdict(name: str, similarity: float) -> FaceVerdict:
    """A gallery that finds the named pictures with the mark as similar as this; decoys: 0.6."""
    plan = FacePlan(
        isotope=name,
        commitment=digest(1),
        beacon=None,
        family="tints",
        family_version=1,
        alpha=0.2,
        decoys=199,
        level=0.01,
        probes=(digest(4), digest(5)),
        ours=("1", "2", "3"),
        target="dlib:gallery.npz",
        target_identity=digest(3),
        seed="01" * 32,
    )
    similarities = np.random.default_rng(1).normal(0.6, 0.05, (200, 2, 3))
    similarities[0] = similarity
    return decide_faces(plan, similarities)


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
