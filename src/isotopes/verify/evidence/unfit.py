"""Pictures that an exact test can't use: dependent on the mark, or copies that don't carry it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from isotopes.stats.independence import CorrelationResult
from isotopes.verify.evidence.remark import Remark, RemarkKind


class Measured(Protocol):
    """A plan or a verdict, with the measurements made before the first query."""

    @property
    def independence(self) -> CorrelationResult | None: ...
    @property
    def own_independence(self) -> CorrelationResult | None: ...
    @property
    def copies(self) -> CorrelationResult | None: ...


def unfit_pictures(measured: Measured) -> Iterator[Remark]:
    """Why these pictures allow no conclusion, whatever the model answers."""
    for kind, found in (
        (RemarkKind.PROBES_KNOW_MARK, measured.independence),
        (RemarkKind.ORIGINALS_KNOW_MARK, measured.own_independence),
    ):
        if found is not None and found.extreme:
            yield Remark(kind, {"deviations": found.deviations, "decoys": found.decoys})
    copies = measured.copies
    if copies is not None and not copies.highest:
        values = {"pictures": copies.pictures, "decoys": copies.decoys}
        yield Remark(RemarkKind.COPIES_LACK_MARK, values)
