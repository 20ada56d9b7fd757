"""Marks in a model that went on training, with pictures of its owner's later or without."""

from __future__ import annotations

from dataclasses import dataclass, field

from isotopes.lab.models.bank import Specification
from isotopes.lab.models.continued_model import ContinuedModel
from isotopes.lab.trials.marks_trial import MarksTrial

VERSION = 1  # goes up when the same description measures something different


@dataclass(frozen=True)
class ContinuedTrial(MarksTrial):
    """As `MarksTrial`, of models with and without isotopes that both went on training.

    Attributes:
        clean, uploaded: as of `ContinuedModel`.
        trial_version: of this code.
    """

    clean: float = field(kw_only=True)
    uploaded: float = field(kw_only=True)
    trial_version: int = field(default=VERSION, kw_only=True)

    def models(self) -> tuple[Specification, ...]:  # type: ignore[override]
        plain = (self.model, self.model.innocent)
        if not self.clean and not self.uploaded:
            return plain
        stages = float(self.clean), float(self.uploaded)  # 3 and 3.0 have different hashes
        return tuple(ContinuedModel(one, *stages) for one in plain)
