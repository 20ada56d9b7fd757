"""Could the claimant have chosen the key by trial? What a third party can check about that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product

from isotopes.errors import ReceiptError
from isotopes.vault.commitments.receipt_list import ReceiptList
from isotopes.vault.commitments.stamp import Trust, check_stamp
from isotopes.verify.verdicts.claim import KeyCheck
from isotopes.workflows.claims.claim import Claim


def check_key(
    claim: Claim,
    trust: Trust | None = None,
    *,
    drawn: datetime | None = None,
    stamps: Sequence[bytes] = (),
    listed: ReceiptList | None = None,
) -> KeyCheck:
    """What is known of the key's origin, from the claim and from what the third party looked up.

    Args:
        trust: the authorities whose time stamps the third party believes; None leaves the stamps
            unchecked.
        drawn: when the beacon's value was drawn, as its source says.
        stamps: time stamps that came beside the claim.
        listed: the list of all the claimant's receipts. A stamp of it is one of each receipt in it.

    Raises:
        ReceiptError: no stamp of the receipt can be believed, the list doesn't hold it, or the
            `stamp` extra is missing.
    """
    messages = [claim.receipt.stamped]
    if listed is not None:
        listed.place_of(claim.receipt)  # raises if it is not in the list
        messages.append(listed.stamped)
    found = (*claim.stamps, *stamps)
    stamped = None if trust is None else _first_stamp(messages, found, trust)
    return KeyCheck(claim.looked_up, _in_utc(stamped), _in_utc(drawn))


def _first_stamp(messages: Sequence[bytes], stamps: Sequence[bytes], trust: Trust) -> datetime:
    times, failures = [], []
    for token, message in product(stamps, messages):
        try:
            times.append(check_stamp(token, message, trust).time)
        except ReceiptError as error:
            failures.append(str(error))
    if times:
        return min(times)
    why = f": {failures[0]}" if failures else ""
    raise ReceiptError(
        f"none of the claim's {len(stamps)} time stamps of its receipt can be believed{why}",
        hint="ask the claimant for one (--stamp) by an authority of yours, or leave out --root",
    )


def _in_utc(time: datetime | None) -> str | None:
    return None if time is None else f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
