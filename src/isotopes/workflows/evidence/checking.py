"""Is each part of a bundle valid, and who vouches for it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from isotopes.canonical import canonical_json, digest
from isotopes.defaults import PICTURE_DECOYS_TERM
from isotopes.errors import IsotopesError
from isotopes.seeds import derive
from isotopes.stats.result import restore_result
from isotopes.strict_json import read_json
from isotopes.vault import CheckedOpening, Opening, Receipt, check_opening
from isotopes.vault.commitments.stamp import Trust, check_stamp
from isotopes.verify.plans.pictures import PicturePlan
from isotopes.verify.verdicts.loading import CheckPlan, read_plan, read_verdict
from isotopes.workflows.evidence.bundle import (
    ALWAYS,
    ANSWERS,
    ON_PAPER,
    OPENING,
    PLAN,
    RECEIPT,
    REPORT,
    STAMPS,
    VERDICT,
    Bundle,
    decide_again,
    manifest_of,
)

NUMBERS_ONLY = "versions"  # of the packages that decided; another release gives the same numbers


@dataclass(frozen=True)
class PartCheck:
    """The result for one part.

    Attributes:
        part: its name, or what it was compared with.
        holds: None if the bundle alone doesn't show it.
        why: in words: what was recomputed, or what is wrong.
        vouched: who vouches for it: "arithmetic", "the authority" or "the owner's word".
    """

    part: str
    holds: bool | None
    why: str
    vouched: str = "arithmetic"


def verify_bundle(
    bundle: Bundle,
    trust: Trust | None = None,
    *,
    beacon: bytes | None = None,
    before: datetime | None = None,
) -> list[PartCheck]:
    """Check this bundle, part by part.

    Everything that can be is recomputed: all digests, the plan's hash, the verdict from the
    answers, the commitment from the opening. That the answers are a model's own can't be seen from
    any file: only asking it again shows that.

    Args:
        trust: trusted roots for time stamps; None leaves stamps unchecked.
        beacon: the announced beacon's value, if the reader has looked it up.
        before: stamps must be earlier.
    """
    return [
        *_check_digests(bundle),
        *_guarded(VERDICT, lambda: _check_verdict(bundle)),
        *_guarded(RECEIPT, lambda: _check_receipt(bundle, beacon)),
        *_check_stamps(bundle, trust, before),
        PartCheck(ANSWERS, None, "whether a model gave them: ask it again", "the owner's word"),
    ]


def _guarded(part: str, check: Callable[[], Iterator[PartCheck]]) -> list[PartCheck]:
    """The result of a check; a part that can't be read is invalid."""
    try:
        return list(check())
    except (IsotopesError, KeyError, ValueError, TypeError, RecursionError) as error:
        return [PartCheck(part, False, f"can't be checked: {error}")]


def _check_digests(bundle: Bundle) -> Iterator[PartCheck]:
    whole = bundle.manifest == manifest_of(bundle.parts)
    why = "lists all parts with their digests" if whole else "is not the manifest of these parts"
    yield PartCheck("manifest.json", whole, why)
    try:
        told = read_json(bundle.manifest)["parts"]
        listed = {name: str(found) for name, found in told.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        listed = {}
    for name in sorted(bundle.parts.keys() | ALWAYS | listed.keys()):
        content = bundle.parts.get(name)
        if content is None:
            yield PartCheck(name, False, "is missing")
        elif listed.get(name) != digest(content):
            yield PartCheck(name, False, "is not the file that the manifest lists")
        else:
            yield PartCheck(name, True, "has the digest that the manifest lists")


def _check_verdict(bundle: Bundle) -> Iterator[PartCheck]:
    plan = read_plan(bundle.parts[PLAN])
    verdict = read_verdict(bundle.parts[VERDICT])
    kept_plan, decided = decide_again(bundle)
    yield _said(PLAN, plan.hash == verdict.plan_hash, "hashes to what the verdict names")
    yield _said(ANSWERS, kept_plan.hash == plan.hash, "are those to this plan")
    again, told = decided.to_dict(), verdict.to_dict()
    same = {k: v for k, v in again.items() if k != NUMBERS_ONLY} == {
        k: v for k, v in told.items() if k != NUMBERS_ONLY
    }
    yield _said(VERDICT, same, "follows from plan and answers, decided again")
    yield _said(REPORT, str(verdict.plan_hash).encode() in bundle.parts[REPORT], "names this plan")
    if ON_PAPER in bundle.parts:
        why = f"compare it with {REPORT}, which it was printed from"
        yield PartCheck(ON_PAPER, None, why, "the owner's word")


def _check_receipt(bundle: Bundle, beacon: bytes | None) -> Iterator[PartCheck]:
    plan = read_plan(bundle.parts[PLAN])
    receipt = Receipt.from_json(bundle.parts[RECEIPT])
    fits = receipt.commitment == plan.commitment
    yield _said(RECEIPT, fits, "is of the isotope that was tested")
    if OPENING not in bundle.parts:
        yield PartCheck(OPENING, None, "is not in the bundle: the key is still secret", "nobody")
        return
    opening = Opening.from_json(bundle.parts[OPENING])
    checked = check_opening(receipt, opening, beacon=beacon)
    yield PartCheck(OPENING, True, "matches the receipt")
    yield from _check_opened(checked, plan)


def _check_opened(checked: CheckedOpening, plan: CheckPlan) -> Iterator[PartCheck]:
    stated = checked.statement
    same = all(stated[name] == getattr(plan, name) for name in ("family", "family_version"))
    committed = restore_result(int, stated["decoys"]["count"])
    if isinstance(plan, PicturePlan):
        more = restore_result(int, stated["plan"].get(PICTURE_DECOYS_TERM, 0))
        committed = max(committed, more)
    else:
        same = same and stated["alpha"] == plan.alpha
    enough = committed >= plan.decoys
    yield _said(PLAN, same and enough, "tests the mark and the decoys that were committed to")
    if not isinstance(plan, PicturePlan):
        seed = derive(checked.key, f"isotopes/v1/check/{plan.target_identity}").hex()
        yield _said(PLAN, seed == plan.seed, "draws its probes by the committed key")
    announced = stated["beacon"]
    if announced is None:
        nothing = "no public randomness was mixed in: nothing rules out a key chosen by trial"
        yield PartCheck("beacon", None, nothing, "the owner's word")
        return
    told = f"{announced} ({checked.beacon_digest})"
    yield _said(PLAN, plan.beacon == told, "names the beacon that was mixed in")
    yield PartCheck("beacon", None, f"look up its value: {announced}", "whoever publishes it")


def _check_stamps(
    bundle: Bundle, trust: Trust | None, before: datetime | None
) -> Iterator[PartCheck]:
    names = [name for name in sorted(bundle.parts) if name.startswith(STAMPS)]
    if not names:
        yield PartCheck("dates", None, "there is no time stamp", "the owner's word")
    for name in names:
        if trust is None:
            yield PartCheck(name, None, "not checked: give --root", "the authority")
            continue
        try:
            found = check_stamp(bundle.parts[name], _stamped(bundle, name), trust, before=before)
        except (IsotopesError, KeyError) as error:
            yield PartCheck(name, False, str(error), "the authority")
        else:
            yield PartCheck(name, True, f"stamped {found}", "the authority")


def _stamped(bundle: Bundle, name: str) -> bytes:
    if name.startswith(f"{STAMPS}plan-"):
        return canonical_json(read_plan(bundle.parts[PLAN]).to_dict())
    return Receipt.from_json(bundle.parts[RECEIPT]).stamped


def _said(part: str, holds: bool, why: str) -> PartCheck:
    return PartCheck(part, holds, why if holds else f"it is not so that it {why}")
