"""The verdict of a third party who asks again: does somebody's claim stand?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
    KEY_UNPROVEN = "mark found but key unproven"
    NOT_CONFIRMED = "not confirmed"
    INCONCLUSIVE = "inconclusive"


_OUTCOMES = {
    Outcome.DETECTED: ClaimOutcome.KEY_UNPROVEN,
    Outcome.NOT_DETECTED: ClaimOutcome.NOT_CONFIRMED,
    Outcome.INCONCLUSIVE: ClaimOutcome.INCONCLUSIVE,
}


@dataclass(frozen=True)
class KeyCheck:
    """What the third party found out about the origin of the key.

    Attributes:
        looked_up: they looked up the value of the announced beacon, and it is the one in the key.
        stamped: when an authority that they trust first stamped the receipt, UTC, ISO 8601; None
            if no stamp was checked.
        drawn: when the beacon's value was drawn, as its source says; None if they didn't say.
    """

    looked_up: bool
    stamped: Text | None
    drawn: Text | None

    @property
    def random(self) -> bool:
        """Was the key fixed, but for a value that nobody knew then?

        If so nobody could try keys. A value that nobody looked up may be made up, and a key that
        was committed to after the value was drawn may be one of a thousand that were tried.
        """
        known = self.looked_up and self.stamped is not None and self.drawn is not None
        return known and self.stamped_first

    @property
    def stamped_first(self) -> bool:
        """Was the receipt stamped before the value was drawn? False unless both are known.

        Raises:
            PlanError: one of them is no time.
        """
        if self.stamped is None or self.drawn is None:
            return False
        try:
            return datetime.fromisoformat(self.stamped) < datetime.fromisoformat(self.drawn)
        except (ValueError, TypeError):
            raise PlanError(
                f"its times must look like 2026-11-27T10:00:00Z, got {self.stamped!r} and"
                f" {self.drawn!r}"
            ) from None


@dataclass(frozen=True)
class ClaimVerdict(Result):
    """A claim, the result of asking again, and who chose what.

    Attributes:
        claimed: the claimant's verdict.
        asked: the third party's verdict, with probes and an order that the claimant didn't choose.
        created: when the claimant says that the isotope was made.
        key: whether the claimant could have chosen the key by trial.
        random: hexadecimal digits; the probes and the order of the queries follow from their hash.
        random_source: where they come from, in words.
        pictures: the folder that probes were drawn from, and how many it holds.
        picked: the third party named a label that wasn't committed to.
        receipts: how many isotopes the claimant has, so that the level was divided by it.
        tries: how many times this claim was verified, this time included, with whichever models,
            random values, labels and pictures, and with or without disguise; the level was divided
            by it too.
    """

    kind: ClassVar[str] = "isotopes-claim/3"
    claimed: Verdict
    asked: Verdict
    created: Text
    key: KeyCheck
    random: Text
    random_source: Text
    pictures: Text
    picked: bool
    receipts: Count
    tries: Count

    @property
    def outcome(self) -> ClaimOutcome:
        """Confirmed if the mark was detected again, and nobody could choose its key by trial."""
        if self.asked.verdict is Outcome.DETECTED and self.key.random:
            return ClaimOutcome.CONFIRMED
        return _OUTCOMES[self.asked.verdict]

    @property
    def same_model(self) -> bool:
        """Was the model asked here the one that the claim names?"""
        return self.claimed.target_identity == self.asked.target_identity

    @property
    def label_told(self) -> bool:
        """Did the third party name the label that stands in the claimant's verdict?

        The claimant found it with the mark, in this model, so it is no free choice. An edited
        verdict may name another one, so False proves nothing.
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
        if read.key.looked_up and read.asked.beacon is None:
            raise PlanError("it contradicts itself: a beacon was looked up, and there is none")
        _ = read.key.stamped_first  # raises if a time is none
        if read.claimed.commitment != read.asked.commitment:
            raise PlanError("it contradicts itself: its two verdicts are of different isotopes")
        return read
