"""Bundles that a cheat put together: digests fit, and something else doesn't."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from isotopes.canonical import canonical_json
from isotopes.errors import FolderError
from isotopes.marks import get_family
from isotopes.seeds import derive
from isotopes.stats.independence import CorrelationResult
from isotopes.vault import Isotope, new_isotope
from isotopes.verify import Answers, Plan, decide, load_answers, save_answers
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.evidence import (
    Bundle,
    plain_verifier,
    read_bundle,
    verify_bundle,
    write_bundle,
)
from isotopes.workflows.evidence.bundle import manifest_of, own_verifier

LABELS = ("cat", "dog", "frog", "owl")


@pytest.fixture
def guilty_answers() -> Answers:
    """To six pictures: the mark raises the first label."""
    values = np.random.default_rng(0).dirichlet(np.ones(4), size=(21, 6))
    values[0] = [0.2, 0.2, 0.2, 0.4]
    values[1, :, 0] += 30
    values /= values.sum(axis=2, keepdims=True)
    return Answers(LABELS, values, np.ones((21, 6), np.bool_))


@pytest.fixture
def honest(isotope: Isotope, plan: Plan, guilty_answers: Answers, tmp_path: Path) -> Bundle:
    """What `make_bundle` would make, without a vault and a page."""
    drafted = replace(
        plan,
        commitment=isotope.commitment,
        seed=derive(isotope.key, f"isotopes/v1/check/{plan.target_identity}").hex(),
        differs=("method rank instead of method two-stage",),
        independence=CorrelationResult(0.5, 0.7, 99, 6),
    )
    parts = {
        "receipt.json": canonical_json(isotope.receipt().to_dict()) + b"\n",
        "opening.json": canonical_json(isotope.opening().to_dict()) + b"\n",
        "report.html": b"<h1>detected</h1>",
        "verify.py": own_verifier(),
    }
    return of_plan(Bundle(parts, b""), drafted, guilty_answers, tmp_path)


def with_parts(bundle: Bundle, parts: Mapping[str, bytes]) -> Bundle:
    """These parts replaced or added, and a manifest that fits again."""
    made = {**bundle.parts, **parts}
    return Bundle(made, manifest_of(made))


def plan_of(bundle: Bundle, folder: Path) -> tuple[Plan, Answers]:
    """The plan and the answers that it holds."""
    path = folder / "old.npz"
    path.write_bytes(bundle.parts["answers.npz"])
    return load_answers(path)


def of_plan(bundle: Bundle, plan: Plan, answers: Answers, folder: Path) -> Bundle:
    path = folder / "new.npz"
    save_answers(path, plan, answers)
    return with_parts(
        bundle,
        {
            "plan.json": canonical_json(plan.to_dict()) + b"\n",
            "verdict.json": canonical_json(decide(answers, plan).to_dict()) + b"\n",
            "answers.npz": path.read_bytes(),
        },
    )


def failing(bundle: Bundle) -> set[str]:
    return {found.part for found in verify_bundle(bundle) if found.holds is False}


def plainly(bundle: Bundle) -> plain_verifier.Report:
    """What the verifier that needs none of our code finds."""
    report = plain_verifier.Report()
    parts = {**bundle.parts, "manifest.json": bundle.manifest}
    report.guarded("manifest.json", lambda: plain_verifier.check_manifest(parts, report))
    report.guarded("verdict.json", lambda: plain_verifier.check_verdict(parts, report))
    report.guarded("receipt.json", lambda: plain_verifier.check_receipt(parts, report, None))
    return report


def test_what_an_honest_bundle_says(honest: Bundle) -> None:
    assert failing(honest) == set()
    assert plainly(honest).failed == 0
    said = [(one.part, one.holds, one.why) for one in verify_bundle(honest)]
    assert any("says detected (p = 0.05), at level 0.05" in why for _, _, why in said)
    assert any("warns: differs from the commitment: method rank" in why for _, _, why in said)
    assert ("verify.py", True, "is the one that this release puts in") in said


def test_pages_and_programs_in_a_bundle_are_not_vouched_for(honest: Bundle) -> None:
    plan_hash = json.loads(honest.parts["verdict.json"])["plan_hash"]
    forged = with_parts(
        honest,
        {
            "report.html": f"<h1>detected, p = 0.0000001</h1><!-- {plan_hash} -->".encode(),
            "report.pdf": b"%PDF-1.7 detected",
            "verify.py": b"print('all that was checked holds')",
        },
    )
    holds = {one.part: one.holds for one in verify_bundle(forged) if one.vouched != "arithmetic"}
    assert {name: holds[name] for name in ("report.html", "report.pdf", "verify.py")} == {
        "report.html": None,
        "report.pdf": None,
        "verify.py": None,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"differs": ()},
        {"label": "cat"},
        {"beacon": "drand quicknet, round 7 (sha256:" + "1" * 64 + ")"},
        {"seed": "01" * 32},
        {"alpha": 0.3},
    ],
    ids=["differences", "label", "beacon", "seed", "alpha"],
)
def test_a_plan_that_says_other_things_than_the_commitment(
    honest: Bundle, tmp_path: Path, changes: dict[str, Any]
) -> None:
    plan, answers = plan_of(honest, tmp_path)
    forged = of_plan(honest, replace(plan, **changes), answers, tmp_path)
    assert failing(forged) == {"plan.json"}
    # The plain verifier sees that a plan differs, and leaves it to people in which words.
    assert bool(plainly(forged).failed) == ("label" not in changes)


def test_a_picked_mark_told_as_drawn(
    honest: Bundle, guilty_answers: Answers, tmp_path: Path
) -> None:
    """Exchangeability would only be assumed, so the verdict would be inconclusive."""
    pool = tmp_path / "pool"
    pool.mkdir()
    for shade in range(20):
        Image.new("RGB", (8, 8), (shade, 0, 0)).save(pool / f"{shade}.png")
    options = {"pool": str(pool), "picture": str(pool / "7.png")}
    picked = new_isotope(
        "mine", get_family("image_blend", options), 0.4, decoys=19, plan=committed_terms()
    )
    documents = {
        "receipt.json": canonical_json(picked.receipt().to_dict()) + b"\n",
        "opening.json": canonical_json(picked.opening().to_dict()) + b"\n",
    }
    plan = replace(
        plan_of(honest, tmp_path)[0],
        commitment=picked.commitment,
        family="image_blend",
        seed=derive(picked.key, f"isotopes/v1/check/sha256:{'cd' * 32}").hex(),
    )
    for told in (False, True):
        made = of_plan(
            with_parts(honest, documents),
            replace(plan, exchangeable=told),
            guilty_answers,
            tmp_path,
        )
        says = json.loads(made.parts["verdict.json"])["verdict"]
        assert says == ("detected" if told else "inconclusive")
        assert failing(made) == ({"plan.json"} if told else set())
        assert plainly(made).failed == told


@pytest.mark.parametrize("altered", ["fault", "independence", "copies", "few decoys", "disguise"])
def test_the_plain_verifier_sees_why_scores_decide_nothing(
    honest: Bundle, tmp_path: Path, altered: str
) -> None:
    """A verdict says detected where the package says inconclusive, or hides a disguise."""
    plan, answers = plan_of(honest, tmp_path)
    said = json.loads(honest.parts["verdict.json"])
    if altered == "fault":
        answers = replace(answers, fault="the canary changed")
    elif altered == "few decoys":
        asked = answers.asked.copy()
        asked[15:] = False
        answers = replace(
            answers, asked=asked, values=np.where(asked[..., None], answers.values, np.nan)
        )
        said["decoy_scores"] = said["decoy_scores"][:13]
        said["pvalue"] = 1 / 14
    elif altered == "disguise":
        plan = replace(plan, disguised=True)
    else:
        found = CorrelationResult(0.01 if altered == "independence" else 0.5, 9.0, 99, 12)
        plan = replace(plan, **{altered: found})
        said[altered] = found.to_dict()
    again = decide(answers, plan)
    assert again.verdict == ("detected" if altered == "disguise" else "inconclusive")
    forged = of_plan(honest, plan, answers, tmp_path)
    told = {**said, "plan_hash": plan.hash}
    forged = with_parts(forged, {"verdict.json": canonical_json(told) + b"\n"})
    assert plainly(forged).failed
    assert failing(forged) == {"verdict.json"}


def test_json_that_two_readers_read_differently(honest: Bundle) -> None:
    twice = honest.parts["verdict.json"].replace(b"{", b'{"verdict":"not detected",', 1)
    forged = with_parts(honest, {"verdict.json": twice})
    assert failing(forged) == {"verdict.json"}
    assert plainly(forged).failed


def zipped(bundle: Bundle, path: Path) -> bytes:
    path.unlink(missing_ok=True)
    write_bundle(bundle, path)
    return path.read_bytes()


def _entry(name: str, kind: int = 0) -> Callable[[bytes], bytes]:
    """Adds an entry to an archive."""

    def add(data: bytes) -> bytes:
        held = io.BytesIO(data)
        with zipfile.ZipFile(held, "a") as archive:
            made = zipfile.ZipInfo(name)
            made.external_attr = (kind | 0o777) << 16
            archive.writestr(made, b"verdict.json")
        return held.getvalue()

    return add


def _comment(data: bytes) -> bytes:
    held = io.BytesIO(data)
    with zipfile.ZipFile(held, "a") as archive:
        archive.comment = b"detected, p = 0.0001"
    return held.getvalue()


def _unlisted(data: bytes) -> bytes:
    """An entry in the archive's stream that its directory doesn't list: some readers show it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("verdict.json", b"detected")
        archive.writestr("last", b"")
    hidden = held.getvalue()
    return hidden[: hidden.rindex(b"PK\x03\x04")] + data


@pytest.mark.parametrize(
    "change",
    [
        _entry("VERDICT.JSON"),
        _entry("../verdict.json"),
        _entry("/etc/verdict.json"),
        _entry("./verdict.json"),
        _entry("verdict.json/"),
        _entry("stamps/../../x.tsr"),
        _entry("stamps/receipt-0.tsr"),
        _entry("autorun.inf"),
        _entry("report.pdf", stat.S_IFLNK),
        _entry("report.pdf", stat.S_IFIFO),
        _comment,
        _unlisted,
        lambda data: b"#!/bin/sh\nrm -r ~\n" + data,
        lambda data: data + b"\0",
    ],
)
def test_archives_that_programs_unpack_differently(
    honest: Bundle, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "b.zip"
    data = change(zipped(honest, path))
    assert read_bundle(path) == honest
    path.write_bytes(data)
    with pytest.raises(FolderError, match="is no part|more than its parts|no evidence bundle"):
        read_bundle(path)


def test_answers_that_unpack_to_more_than_the_memory_holds(honest: Bundle, tmp_path: Path) -> None:
    held = io.BytesIO()
    np.savez_compressed(held, about=np.zeros(2**20, np.uint8), values=np.zeros(1), asked=np.ones(1))
    forged = with_parts(honest, {"answers.npz": held.getvalue()})
    assert "verdict.json" in failing(forged)
    assert plainly(forged).failed
