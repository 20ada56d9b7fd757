"""Figure 13: marks in the pictures that the last layers of a pretrained network are trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import ClassVar

from isotopes.lab.models.bank import Specification
from isotopes.lab.models.marked_model import MarkedModel, marked_model
from isotopes.lab.models.transfer_model import TransferModel
from isotopes.lab.tasks.task import Scale
from isotopes.lab.trials.experiment import SEEDS, Experiment, Figure, PaperNumber, Row
from isotopes.lab.trials.marks_trial import MarksTrial, marks_trial
from isotopes.lab.trials.summary import mean_of

STUDENT, TEACHER = "yaleb", "faces"
UNFROZEN = (1, 2, 3, 4, 5)
MARKED = {"desk": 10, "paper": 25}  # labels
ALPHA, SHARE = 0.4, 0.1


@dataclass(frozen=True)
class TransferTrial(MarksTrial):
    """As `MarksTrial`, for models of which only the last layers saw the marks.

    Attributes:
        teacher: the network that the other layers come from.
        unfrozen: how many layers learned.
    """

    teacher: MarkedModel = field(kw_only=True)
    unfrozen: int = field(kw_only=True)

    def models(self) -> tuple[Specification, ...]:  # type: ignore[override]
        return tuple(
            TransferModel(model, self.teacher, self.unfrozen)
            for model in (self.model, self.model.innocent)
        )


class Fig13(Experiment):
    name: ClassVar[str] = "fig13"
    title: ClassVar[str] = "transfer learning, by the number of layers that are trained again"
    source: ClassVar[str] = "section 7.3 and figure 13"
    figure: ClassVar[Figure] = Figure("unfrozen", ("v", "v_d", "rank", "accuracy"))
    claims: ClassVar[tuple[PaperNumber, ...]] = (
        PaperNumber("v", "=", 1.0, {"unfrozen": 3}, "section 7.3"),
        PaperNumber("v_swapped", "=", 0.0, {"unfrozen": 3}, "section 7.3"),
        PaperNumber("v", ">=", 0.9, {"unfrozen": (3, 5)}, "'at least 3 layers are unfrozen'"),
    )
    notes: ClassVar[str] = (
        "The paper takes a SphereFace network of WebFace to FaceScrub, with 25 of 530 labels"
        " marked. Here it is the network of Labeled Faces in the Wild, taken to the 38 people of"
        " Extended Yale B, a quarter of whom are marked at desk scale. A layer is a convolution or"
        " a linear map with its normalisation; the compact network of the desk scale has five, so"
        " that the last row trains all of it. The rows of one seed share marks, decoys and"
        " people, so their false alarms (`rank_innocent`) come together: thirty claims weigh no"
        " more than a few."
    )

    def remarks(self, rows: Sequence[Row]) -> Iterator[str]:
        means = {n: mean_of([r for r in rows if r["unfrozen"] == n], "accuracy") for n in UNFROZEN}
        known = {n: mean.mean for n, mean in means.items() if mean is not None}
        if known:
            best = max(known, key=lambda n: known[n])
            yield (
                f"Accuracy is highest with {best} layers unfrozen, {known[best]:.2f}; in the paper"
                " it is with 3."
            )

    def trials(self, scale: Scale) -> Iterator[TransferTrial]:
        for seed, unfrozen in product(range(SEEDS[scale]), UNFROZEN):
            yield _trial(scale, seed, unfrozen)


def _trial(scale: Scale, seed: int, unfrozen: int) -> TransferTrial:
    teacher = marked_model(TEACHER, scale, seed)
    plain = marks_trial(
        STUDENT,
        scale,
        seed,
        alpha=ALPHA,
        mark_fraction=SHARE,
        labels=MARKED[scale],
        condition={"unfrozen": unfrozen},
    )
    learned = teacher.setting
    setting = replace(
        plain.model.setting,
        size=learned.size,
        architecture=learned.architecture,
        recipe=learned.recipe,
    )
    student = replace(plain.model, setting=setting, network=teacher.network)
    return TransferTrial(plain.condition, student, teacher=teacher, unfrozen=unfrozen)
