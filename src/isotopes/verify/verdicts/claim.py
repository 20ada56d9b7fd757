"""The verdict of a third party who asks again: does somebody's claim stand?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

from isotopes.checked import Count, Text
from isotopes.errors import PlanError
from isotopes.stats.result import Result
from isotopes.verify.verdicts.consistency import check_consistent
from isotopes.verify.verdicts.outcome import Outcome
from isotopes.verify.verdicts.verdict import Verdict


class ClaimOutcome(StrEnum):
    """The outcomes of checking a claim."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not confirmed"
    INCONCLUSIVE = "inconclusive"


_OUTCOMES = {
    Outcome.DETECTED: ClaimOutcome.CONFIRMED,
    Outcome.NOT_DETECTED: ClaimOutcome.NOT_CONFIRMED,
    Outcome.INCONCLUSIVE: ClaimOutcome.INCONCLUSIVE,
}


@dataclass(frozen=True)
class ClaimVerdict(Result):
    """A claim, the result of asking again, and who chose what.

    Attributes:
        claimed: the claimant's verdict.
        asked: the third party's verdict, with probes and an order that the claimant didn't choose.
        created: when the claimant says that the isotope was made.
        random: hexadecimal digits; the probes and the order of the queries follow from their hash.
        random_source: where they come from, in words.
        pictures: the folder that probes were drawn from, and how many it holds.
        picked: the label was named by the third party.
        receipts: how many isotopes the claimant has, so that the level was divided by it.
        tries: how many times this claim was verified, this time included, with whichever models,
            random values, labels and pictures, and with or without disguise; the level was divided
            by it too.
    """

    kind: ClassVar[str] = "isotopes-claim/2"
    claimed: Verdict
    asked: Verdict
    created: Text
    random: Text
    random_source: Text
    pictures: Text
    picked: bool
    receipts: Count
    tries: Count

    @property
    def outcome(self) -> ClaimOutcome:
        """Confirmed if the mark was detected again."""
        return _OUTCOMES[self.asked.verdict]

    @property
    def same_model(self) -> bool:
        """Was the model asked here the one that the claim names?"""
        return self.claimed.target_identity == self.asked.target_identity

    @property
    def label_told(self) -> bool:
        """Did the third party name the label that the claimant had found?

        The claimant found it with the mark, in this model, so it is no free choice.
        """
        return self.picked and self.asked.label == self.claimed.label

    @property
    def whole_level(self) -> float:
        """The level of all isotopes and tries together."""
        return self.asked.level * self.receipts * self.tries

    @classmethod
    def from_dict(cls, found: object) -> Self:
        """The claim's verdict that `to_dict` wrote.

        Raises:
            PlanError: as `Verdict.from_dict`, or two verdicts of different isotopes.
        """
        read = super().from_dict(found)
        for verdict in (read.claimed, read.asked):
            check_consistent(verdict)
        if not (read.receipts and read.tries and read.whole_level < 1):
            raise PlanError(
                f"it contradicts itself: {read.receipts} receipts and {read.tries} tries at the"
                f" level {read.asked.level:g} each"
            )
        if read.claimed.commitment != read.asked.commitment:
            raise PlanError("it contradicts itself: its two verdicts are of different isotopes")
        return read
