"""What a mark loses on the way of a picture, as warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isotopes.workflows.robustness.measure import Survival


def loss_warnings(found: Sequence[Survival], mark: str) -> Iterator[str]:
    """One for the changes that leave a part of the mark, one for those that leave little.

    Args:
        mark: what to call it, as "this mark".
    """
    from isotopes.workflows.robustness.measure import Kept

    part = [one.change for one in found if one.kept is Kept.PART]
    little = [one.change for one in found if one.kept is Kept.LITTLE]
    if part:
        yield (
            f"only a part of {mark} is left after {', '.join(part)}: a check will find"
            " fewer such marks"
        )
    if little:
        yield f"little of {mark} is left after {', '.join(little)}"
