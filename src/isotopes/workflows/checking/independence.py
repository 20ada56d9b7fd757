"""Measures, before anything is asked, whether a check's pictures know the mark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from isotopes.errors import PlanError
from isotopes.marks import Mark
from isotopes.stats.independence import CorrelationResult, carries_test, independence_test
from isotopes.targets import Picture
from isotopes.verify.asking.correlations import carrying, correlations
from isotopes.workflows.checking.choosing import Chosen
from isotopes.workflows.checking.own_pictures import ChosenOwn

Draw = Callable[[int], Mark]  # 0 is the mark, i decoy i

DECOYS = 99  # to compare with; drawing them takes a second, and no query
NAMES_SHOWN = 8


@dataclass(frozen=True)
class Known:
    """How the mark correlates with a check's pictures; None where there are none.

    Attributes:
        probes, own: with the probes and with the originals, which it should not.
        copies: with what was changed in their published copies, which it should.
    """

    probes: CorrelationResult | None = None
    own: CorrelationResult | None = None
    copies: CorrelationResult | None = None


def measure_independence(decoys: int, draw: Draw, probes: Chosen, own: ChosenOwn) -> Known:
    """Are these pictures independent of the mark?

    Args:
        decoys: how many there are to compare with.

    Raises:
        PlanError: some probes carry the mark.
        MarkError: the mark or its decoys can't be drawn.
    """
    draws = [draw(index) for index in range(1 + min(decoys, DECOYS))]
    if len(draws) == 1:
        return Known()
    _refuse_marked(probes, draws)
    originals = [original for original, _ in own.published]
    copies = [copy for _, copy in own.published]
    return Known(
        probes=_independence(list(probes.pictures.values()), draws),
        own=_independence(list(own.marked.values()), draws),
        copies=_carried(copies, originals, draws) if copies else None,
    )


def _independence(pictures: Sequence[Picture], draws: Sequence[Mark]) -> CorrelationResult | None:
    if not pictures:
        return None
    return independence_test(correlations(pictures, draws).mean(axis=0), len(pictures))


def _carried(
    copies: Sequence[Picture], originals: Sequence[Picture], draws: Sequence[Mark]
) -> CorrelationResult:
    return carries_test(correlations(copies, draws, less=originals).mean(axis=0), len(copies))


def _refuse_marked(probes: Chosen, draws: Sequence[Mark]) -> None:
    """Marked pictures are no probes: with the mark they stay as they are, with decoys they change.

    A guilty model would seem innocent.
    """
    names = list(probes.published)
    if probes.pictures:
        carried = carrying(correlations(list(probes.pictures.values()), draws))
        names += [name for name, marked in zip(probes.names, carried, strict=True) if marked]
    if names:
        some = ", ".join(names[:NAMES_SHOWN]) + (", ..." if len(names) > NAMES_SHOWN else "")
        raise PlanError(
            f"{len(names)} of the probes carry the mark already: {some}",
            hint="take pictures of other things as probes; your own originals go to --mine",
        )
