"""Ask again with what the claimant did not choose: probes, order and test.

The decoys are those of the claimant's commitment. Fresh ones would be wrong: a service that has
trained on the claimant's queries has seen the mark as often as each of those decoys, and would
distinguish the mark from decoys that it never saw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from isotopes.defaults import LEVEL
from isotopes.errors import PlanError
from isotopes.marks import Mark
from isotopes.seeds import derive
from isotopes.stats.exact.sequential import SequentialPlan
from isotopes.stats.independence import CorrelationResult, carries_test
from isotopes.targets import Picture, Target
from isotopes.vault.commitments.beacon import FEWEST_BYTES
from isotopes.verify import Plan, get_method
from isotopes.verify.asking.correlations import correlations, matched_filters
from isotopes.verify.methods.method import Wishes
from isotopes.verify.methods.sequential import CALIBRATION, Sequential
from isotopes.verify.verdicts.claim import ClaimVerdict, KeyCheck
from isotopes.workflows.checking.choosing import NamedPictures, choose_probes, folder_of
from isotopes.workflows.checking.guarding import Care
from isotopes.workflows.checking.hooks import SILENT, Hooks
from isotopes.workflows.checking.independence import DECOYS, measure_independence
from isotopes.workflows.checking.own_pictures import ChosenOwn
from isotopes.workflows.checking.refusing import need_labels
from isotopes.workflows.checking.run import DRAWS_KEPT, carry_out_check
from isotopes.workflows.claims.claim import Claim
from isotopes.workflows.claims.key_check import check_key

# Also for a named label: nobody has measured how many probes the model gives that label anyway.
PROBES = Sequential.search_probes


@dataclass(frozen=True)
class Asking:
    """What the third party chooses.

    Attributes:
        random: 16 bytes or more that the claimant could not know when they made the isotope.
        random_source: where they come from, in words.
        pictures: where the probes come from, in words.
        label: the label that the third party names for such pictures; None for the committed
            label, or a search where none was committed.
        level: the most that the chance of confirming a claim about an innocent model may be.
        receipts: how many isotopes the claimant has; the level is divided by it.
        tries: how many times the claim is verified, this time included: with other models, random
            values, labels or pictures. The level is divided by it.
        copies: published copies of the claimant's pictures, as the third party found them.
        disguise: change the picture of each query in another way.
    """

    random: bytes
    random_source: str
    pictures: str
    label: str | None = None
    level: float = LEVEL
    receipts: int = 1
    tries: int = 1
    copies: Sequence[Picture] = ()
    disguise: bool = False


def verify_claim(
    claim: Claim,
    target: Target,
    probes: NamedPictures,
    asking: Asking,
    *,
    key: KeyCheck | None = None,
    care: Care | None = None,
    hooks: Hooks[Plan] = SILENT,
    answers_path: Path | None = None,
) -> ClaimVerdict:
    """Does the claim stand if the claimant chose nothing but the mark?

    Null: the model and the claimant's key are independent. The probes and the order of the queries
    come from a hash of commitment, target and the third party's random value, so they are
    independent of the key as well, whatever the claimant did. Then the mark is one more draw of the
    rule that draws its decoys.

    The label is the committed one, or the third party's, or all are searched. The label that the
    claimant's verdict names was found with the mark and is not used.

    Args:
        probes: the third party's pictures, as in `check`.
        key: from `check_key`; without it no claim is confirmed.
        care, hooks, answers_path: as in `check_model`.

    Raises:
        PlanError: a random value, level or label that can't be used, too few probes, or probes or
            an encoder's anchors that carry the mark.
        TargetError, JournalError, FolderError, MarkError: as `check`.
    """
    need_labels(target, "the check of a claim")
    draw = lru_cache(maxsize=DRAWS_KEPT)(claim.draw)
    plan, pictures = claim_plan(claim, target, probes, asking, draw)
    found = carry_out_check(
        plan,
        pictures,
        draw,
        target,
        care=care,
        hooks=hooks,
        answers_path=answers_path,
    )
    return ClaimVerdict(
        claimed=claim.verdict,
        asked=found,
        created=claim.receipt.created,
        key=key or check_key(claim),
        random=asking.random.hex(),
        random_source=asking.random_source,
        pictures=asking.pictures,
        picked=asking.label not in {None, claim.opening.statement["label"]},
        receipts=asking.receipts,
        tries=asking.tries,
    )


def claim_seed(claim: Claim, target: Target, random: bytes) -> bytes:
    """32 bytes from a hash of commitment, target and random value.

    Raises:
        PlanError: the value is too short.
    """
    if len(random) < FEWEST_BYTES:
        raise PlanError(
            f"a random value must have at least {FEWEST_BYTES} bytes, got {len(random)}",
            hint="a shorter one could be guessed in advance",
        )
    place = f"isotopes/v1/claim/{claim.receipt.commitment}/{target.identity()}"
    return derive(hashlib.sha256(random).digest(), place)


def claim_plan(
    claim: Claim,
    target: Target,
    probes: NamedPictures,
    asking: Asking,
    draw: Callable[[int], Mark],
) -> tuple[Plan, list[Picture]]:
    """The plan of asking again, and its pictures in order. Nothing is asked.

    Raises:
        PlanError: as `verify_claim`.
    """
    if min(asking.receipts, asking.tries) < 1 or not 0 < asking.level < 1:
        raise PlanError(
            f"a level above 0 and below 1, at least 1 receipt and at least 1 try are needed, got"
            f" {asking.level:g}, {asking.receipts} and {asking.tries}"
        )
    if asking.random == claim.opening.beacon:
        raise PlanError(
            "the random value is the beacon in the claimant's key, which they knew before they"
            " marked their pictures",
            hint="take a value that was drawn after the claim was made",
        )
    method, stated = get_method(Sequential.name), claim.opening.statement
    label = asking.label or stated["label"]
    level = asking.level / (asking.receipts * asking.tries)
    search = label is None
    arranged = method.arrange(Wishes(level, _decoys(claim, level, search), search, probes=PROBES))
    seed = claim_seed(claim, target, asking.random)
    chosen = choose_probes(probes, label, arranged.probes, seed)
    chosen.check_enough(method.fewest)
    known = measure_independence(_compared(claim), draw, chosen, ChosenOwn(), target.anchors)
    beacon = stated["beacon"]
    plan = Plan(
        isotope=claim.verdict.isotope,
        commitment=claim.receipt.commitment,
        beacon=None if beacon is None else f"{beacon} ({claim.opening.beacon_digest})",
        family=claim.family.name,
        family_version=claim.family.version,
        alpha=stated["alpha"],
        exchangeable=claim.family.exchangeable,
        method=method.name,
        statistic=method.statistic,
        level=level,
        decoys=arranged.decoys,
        settings=arranged.settings,
        label=label,
        probes=tuple(chosen.pictures),
        probe_labels=tuple(folder_of(name) for name in chosen.names),
        left_out=chosen.left_out,
        unreadable=chosen.unreadable,
        target=target.name,
        target_identity=target.identity(),
        seed=seed.hex(),
        independence=known.probes,
        copies=_carried(asking.copies, draw, _compared(claim)),
        disguised=asking.disguise,
    )
    method.check(plan)
    return plan, chosen.in_order


def _decoys(claim: Claim, level: float, search: bool) -> int:
    """As many as were committed to, or more if this level needs them: the rule draws any number."""
    fewest = SequentialPlan.at_level(level, 1).maximum + (CALIBRATION if search else 0)
    enough = max(fewest, int(claim.opening.statement["decoys"]["count"]))
    return enough if claim.family.size is None else min(enough, claim.family.size - 1)


def _compared(claim: Claim) -> int:
    """How many decoys the pictures are compared with, which costs no query."""
    return DECOYS if claim.family.size is None else min(DECOYS, claim.family.size - 1)


def _carried(
    copies: Sequence[Picture], draw: Callable[[int], Mark], decoys: int
) -> CorrelationResult | None:
    if not copies:
        return None
    draws = [draw(index) for index in range(1 + decoys)]
    if not draws[0].has_pattern:
        return None  # what it did can't be told without the originals
    return carries_test(correlations(copies, matched_filters(draws)).mean(axis=0), len(copies))
