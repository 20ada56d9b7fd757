"""Every countermeasure against the usual marking and check: a person's own pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar

from isotopes.lab.countermeasures import countermeasures
from isotopes.lab.models.marked_model import MarkedModel
from isotopes.lab.models.own_marks import faces, signs
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.countermeasure_table import OWN_MEASURES, accused, countermeasure_table
from isotopes.lab.trials.experiment import Experiment, Figure, Row
from isotopes.lab.trials.own_pictures.countered import OwnPicturesTrial

# Those of `python -m bench.own_pictures`, which reports how marks fare without countermeasures.
MODELS: Mapping[str, tuple[Callable[[int], MarkedModel], tuple[int, ...]]] = {
    "faces": (faces, (7000, 7001, 7003)),
    "signs": (signs, (7200, 7201)),
}
# Its trainer knows the marks that V compares with, and this check has none.
NOT_TRIED = "verifiers_marks"
# These need other pictures of the same labels, and there are hardly any of most of the people.
NOT_OF_FACES = ("continual", "distillation")


class CountermeasuresOwn(Experiment):
    name: ClassVar[str] = "countermeasures_own"
    title: ClassVar[str] = "every countermeasure against marks in one's own pictures"
    source: ClassVar[str] = "as `countermeasures`, of the usual marking and the usual check"
    figure: ClassVar[Figure] = Figure(
        "defence", ("power", "accused"), panel="people", against="defence_lost"
    )
    notes: ClassVar[str] = (
        "Half of the labels are people who marked their own pictures with the default family; each"
        " asks about six of these, without naming a label, at level 0.01, as `isotopes check` does"
        " by itself. `power` is over all marks, in all or half of a person's pictures, faint, or"
        " more or less visible (of signs also in a tenth, plain); `power_faint` is of those who"
        " marked all of their pictures faintly, the default. `accused` is of the other labels,"
        " tested for a key that nobody used, by models that saw others' marks."
        " `defence_lost` is the accuracy that the trainer gives up. Seeds, models and networks are"
        " those of docs/results/own_pictures.md."
    )
    scales: ClassVar[tuple[Scale, ...]] = ("desk",)
    shares_models: ClassVar[bool] = False

    def trials(self, scale: Scale) -> Iterator[OwnPicturesTrial]:
        del scale
        for people, (model, seeds) in MODELS.items():
            for name, strength in _defences(people):
                for seed in seeds:
                    condition: Row = {
                        "people": people,
                        "countermeasure": name or "none",
                        "strength": strength,
                        "defence": f"{name} {strength:g}" if name else "none",
                    }
                    yield OwnPicturesTrial(
                        tuple(sorted(condition.items())), model(seed), name, strength
                    )

    def remarks(self, rows: Sequence[Row]) -> Iterator[str]:
        tested = [row for row in rows if row["accused"] is not None]
        yield (
            f"Innocent marks were called detected at level 0.01 in {accused(tested, 'accused')} of"
            " the tests. Means over the marks of all seeds that were run, beside the row `none`. A"
            " model of faces has 31 marks, 16 of them faint in all pictures, one of signs 10 and 3;"
            " how many labels a row is over stands at the end of its line in the last table."
        )
        yield ""
        yield from countermeasure_table(rows, "people", OWN_MEASURES)


def _defences(people: str) -> Iterator[tuple[str, float]]:
    yield "", 0.0
    for name, kind in countermeasures().items():
        if name != NOT_TRIED and (people != "faces" or name not in NOT_OF_FACES):
            for strength in dict.fromkeys((kind.strengths[0], kind.strengths[-1])):
                yield name, float(strength)
