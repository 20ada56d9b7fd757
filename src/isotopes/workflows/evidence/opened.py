"""Does a plan test what was committed to? Compared with the receipt, and with its opening."""

from __future__ import annotations

from collections.abc import Iterator

from isotopes.defaults import PICTURE_DECOYS_TERM
from isotopes.marks import mark_families
from isotopes.seeds import derive
from isotopes.stats.result import restore_result
from isotopes.vault import CheckedOpening, Opening, Receipt, check_opening
from isotopes.verify.methods.terms import differences
from isotopes.verify.plans.pictures import PicturePlan
from isotopes.verify.plans.plan import Plan
from isotopes.verify.verdicts.loading import CheckPlan, read_plan
from isotopes.workflows.evidence.bundle import OPENING, PLAN, RECEIPT, Bundle
from isotopes.workflows.evidence.part_check import PartCheck

COMPARED = ("method", "statistic", "level", "label", "candidates")


def check_receipt(bundle: Bundle, beacon: bytes | None) -> Iterator[PartCheck]:
    """Is the receipt that of the isotope in the plan, and does the opening say the same?

    Args:
        beacon: the announced beacon's value, if the reader has looked it up.

    Raises:
        IsotopesError: a part can't be read, or the opening doesn't match the receipt.
    """
    plan = read_plan(bundle.parts[PLAN])
    receipt = Receipt.from_json(bundle.parts[RECEIPT])
    fits = receipt.commitment == plan.commitment
    yield PartCheck.of(RECEIPT, fits, "is of the isotope that was tested")
    if OPENING in bundle.parts:
        opening = Opening.from_json(bundle.parts[OPENING])
        checked = check_opening(receipt, opening, beacon=beacon)
        yield PartCheck(OPENING, True, "matches the receipt")
        yield from _check_opened(checked, plan)
    else:
        yield PartCheck(OPENING, None, "is not in the bundle: the key is still secret", "nobody")
    yield from _check_beacon(receipt, plan)


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
    yield PartCheck.of(
        PLAN, same and enough, "tests the mark and the decoys that were committed to"
    )
    drawn = mark_families()[stated["family"]].drawn_with(stated["options"])
    how = "the key drew" if drawn else "a person picked"
    yield PartCheck.of(PLAN, plan.exchangeable == drawn, f"says that {how} the mark")
    if not isinstance(plan, PicturePlan):
        seed = derive(checked.key, f"isotopes/v1/check/{plan.target_identity}").hex()
        why = "takes its seed from the committed key (which pictures it drew from, nothing shows)"
        yield PartCheck.of(PLAN, seed == plan.seed, why)
        told = tuple(one for one in plan.differs if not one.startswith("decoys "))
        why = "names what differs from the commitment (decoys left out were not compared)"
        yield PartCheck.of(PLAN, told == _differences(checked, plan), why)
    if checked.beacon is not None:
        value = f"{stated['beacon']} ({checked.beacon_digest})"
        yield PartCheck.of(PLAN, plan.beacon == value, "names the beacon that was mixed in")


def _differences(checked: CheckedOpening, plan: Plan) -> tuple[str, ...]:
    """How the plan differs from the commitment. How many decoys were wished for, it doesn't say."""
    committed = {**checked.statement["plan"], "label": checked.statement["label"]}
    return tuple(differences(committed, {name: getattr(plan, name) for name in COMPARED}))


def _check_beacon(receipt: Receipt, plan: CheckPlan) -> Iterator[PartCheck]:
    if receipt.beacon is None:
        yield PartCheck.of(PLAN, plan.beacon is None, "names no beacon, as none was announced")
        nothing = "no public randomness was mixed in: nothing rules out a key chosen by trial"
        yield PartCheck("beacon", None, nothing, "the owner's word")
        return
    announced = str(plan.beacon).startswith(f"{receipt.beacon} (sha256:")
    yield PartCheck.of(PLAN, announced, "names the beacon that the receipt announced")
    yield PartCheck("beacon", None, f"look up its value: {receipt.beacon}", "whoever publishes it")
