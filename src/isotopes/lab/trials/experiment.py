"""The base class of experiments, and their registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Protocol

from isotopes.lab.models.bank import NetworkSpecification, Specification
from isotopes.lab.tasks.task import Scale
from isotopes.plugins import Registry

Value = str | int | float | None
Row = dict[str, Value]
Described = Specification | NetworkSpecification[Any]

TOLERANCE = 0.1  # our mean agrees with the paper's number if it is this near
SEEDS: Mapping[Scale, int] = {"desk": 3, "paper": 5, "packed": 1}  # the paper's 5 runs


class Trial(Protocol):
    """One condition with one seed, as a frozen dataclass of plain values: it is cached by them."""

    def models(self) -> Sequence[Described]:
        """The models to train."""

    def measure(self, models: Sequence[Any]) -> list[Row]:
        """The measurements of these models, as each description's `train` gives them: tidy rows;
        the conditions and `seed` are among the columns.

        Always gives the same rows.
        """


@dataclass(frozen=True)
class Figure:
    """How an experiment's rows are drawn and listed.

    Attributes:
        x: column along the axis.
        measures: columns to draw the means of.
        series: column with one line for each value.
        panel: column with one panel for each value.
        against: column whose mean is plotted along the axis instead of `x`; each condition is a
            point.
    """

    x: str
    measures: tuple[str, ...]
    series: str | None = None
    panel: str | None = None
    against: str | None = None

    @property
    def conditions(self) -> tuple[str, ...]:
        """The columns that define a condition."""
        return tuple(name for name in (self.panel, self.series, self.x) if name is not None)


@dataclass(frozen=True)
class PaperNumber:
    """A number of the paper.

    Attributes:
        measure: our column for it.
        relation: whether the paper's number is the value, a lower bound or an upper bound.
        value: the paper's.
        where: the conditions: column to value, or to the lowest and highest value.
        source: where it stands in the paper.
        tolerance: how far our mean may differ and still agree.
    """

    measure: str
    relation: Literal["=", ">=", "<="]
    value: float
    where: Mapping[str, Value | tuple[float, float]] = field(default_factory=dict)
    source: str = ""
    tolerance: float = TOLERANCE

    def speaks_of(self, row: Row) -> bool:
        """Is this row of our results one that the paper's number is about?"""
        return all(_matches(row[column], wanted) for column, wanted in self.where.items())


class Experiment(ABC):
    """A figure or table. A new one is a new file in `lab/experiments/`.

    Class attributes:
        name: what the command line calls it.
        title: one line for people.
        source: where it stands in the paper.
        figure: what to draw.
        claims: the paper's numbers from its text and tables.
        notes: differences from the paper, for the report.
        misses: for each scale, why the paper's numbers are missed, if they are.
        scales: the scales at which it can run.
        shares_models: whether, at packed scale, a model may hold several of its conditions.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    figure: ClassVar[Figure]
    claims: ClassVar[tuple[PaperNumber, ...]] = ()
    notes: ClassVar[str] = ""
    misses: ClassVar[Mapping[Scale, str]] = MappingProxyType({})
    scales: ClassVar[tuple[Scale, ...]] = ("desk", "paper")
    shares_models: ClassVar[bool] = True

    @abstractmethod
    def trials(self, scale: Scale) -> Iterable[Trial]:
        """All conditions with all seeds.

        Raises:
            FolderError: an image set is not there.
        """

    def remarks(self, rows: Sequence[Row]) -> Iterable[str]:
        """Markdown lines for the report's page before the means; for tables that don't consist of
        means over seeds.
        """
        del rows
        return ()


_EXPERIMENTS = Registry[Experiment](
    Experiment,
    package="isotopes.lab.experiments",
    group="isotopes.experiments",
    noun="experiment",
)


def experiments() -> dict[str, Experiment]:
    """All experiments by name."""
    return {name: kind() for name, kind in _EXPERIMENTS.all().items()}


def get_experiment(name: str) -> Experiment:
    """The experiment called `name`.

    Raises:
        IsotopesError: there is none.
    """
    return _EXPERIMENTS.get(name)()


def _matches(value: Value, wanted: Value | tuple[float, float]) -> bool:
    if isinstance(wanted, tuple):
        return isinstance(value, int | float) and wanted[0] <= value <= wanted[1]
    return value == wanted
