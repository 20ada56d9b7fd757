"""Is each part of a bundle valid, and who vouches for it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from isotopes.canonical import canonical_json, digest
from isotopes.errors import IsotopesError
from isotopes.report.remarks import remark_in_words
from isotopes.strict_json import read_json
from isotopes.vault import Receipt
from isotopes.vault.commitments.stamp import Trust, check_stamp
from isotopes.verify.verdicts.loading import read_plan, read_verdict
from isotopes.workflows.evidence.archive import STAMPS
from isotopes.workflows.evidence.bundle import (
    ALWAYS,
    ANSWERS,
    ON_PAPER,
    PLAN,
    RECEIPT,
    REPORT,
    VERDICT,
    VERIFIER,
    Bundle,
    decide_again,
    manifest_of,
    own_verifier,
)
from isotopes.workflows.evidence.opened import check_receipt
from isotopes.workflows.evidence.part_check import PartCheck

NUMBERS_ONLY = "versions"  # of the packages that decided; another release gives the same numbers


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
        *_guarded(VERIFIER, lambda: _check_readable(bundle)),
        *_guarded(RECEIPT, lambda: check_receipt(bundle, beacon)),
        *_check_stamps(bundle, trust, before),
        PartCheck("pictures", None, "which were asked is not in the bundle", "the owner's word"),
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
    yield PartCheck.of(PLAN, plan.hash == verdict.plan_hash, "hashes to what the verdict names")
    yield PartCheck.of(ANSWERS, kept_plan.hash == plan.hash, "are those to this plan")
    again, told = decided.to_dict(), verdict.to_dict()
    same = {k: v for k, v in again.items() if k != NUMBERS_ONLY} == {
        k: v for k, v in told.items() if k != NUMBERS_ONLY
    }
    yield PartCheck.of(VERDICT, same, "follows from plan and answers, decided again")
    says = f"says {decided}, at level {plan.level:g}, by the test {decided.method}"
    yield PartCheck(VERDICT, True, f"{says}, of {plan.target} ({plan.target_identity})")
    for warning in decided.warnings:
        yield PartCheck(VERDICT, None, f"warns: {remark_in_words(warning)}")


def _check_readable(bundle: Bundle) -> Iterator[PartCheck]:
    """The parts that people read or run. What they say or do, no digest shows."""
    for name in (REPORT, ON_PAPER):
        if name in bundle.parts:
            why = f"is for reading and may say anything: what counts is {VERDICT}, as shown here"
            yield PartCheck(name, None, why, "the owner's word")
    if bundle.parts[VERIFIER] == own_verifier():
        yield PartCheck(VERIFIER, True, "is the one that this release puts in")
    else:
        why = "is not this release's: it may do and print anything, so don't run it"
        yield PartCheck(VERIFIER, None, why, "whoever wrote it")


def _check_stamps(
    bundle: Bundle, trust: Trust | None, before: datetime | None
) -> Iterator[PartCheck]:
    names = [name for name in sorted(bundle.parts) if name.startswith(STAMPS)]
    if not names:
        yield PartCheck("dates", None, "there is no time stamp", "the owner's word")
    for name in names:
        if trust is None:
            yield PartCheck(name, None, "not checked: give --root", "nobody yet")
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
