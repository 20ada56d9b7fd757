"""One method on one guilty and one innocent model, and on the auditor's own for a threshold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.methods.confidence import mirrored_log_odds
from isotopes.lab.methods.method import Asked, AuditMethod, Owner, Scene, get_audit_method
from isotopes.lab.tasks import probe_pictures
from isotopes.lab.train.training import Model
from isotopes.lab.trials.audited_model import TASK_SEED, USERS, AuditedModel
from isotopes.lab.trials.experiment import Row

LEVEL = 0.01
PROBES_PER_LABEL = 100
ASKED = 2 * USERS  # owners that an innocent model is asked about

_found: dict[tuple[str, tuple[AuditedModel, ...]], NDArray[np.float64]] = {}


@dataclass(frozen=True)
class MethodTrial:
    """A method, tried on models of one seed.

    Attributes:
        method: its name.
        version: its version.
        innocent: the model without anybody's pictures.
        shadows: how many models the auditor trained; the first is the network for marking.
    """

    method: str
    version: int
    innocent: AuditedModel
    shadows: int

    def models(self) -> tuple[AuditedModel, ...]:
        method = get_audit_method(self.method)
        guilty = self.innocent.guilty(method.publishes or method.name)
        return guilty, self.innocent, *self._own()

    def measure(self, models: Sequence[Model]) -> list[Row]:
        """A row for each of ten labels' owners, half of whom are in the guilty model. Columns
        beside `method`, `seed` and `label`:

        false_alarm: does the method find the owner's pictures in the innocent model at level 0.01;
        innocent_pvalue. For owners whose pictures are in the guilty model: power: does it find
        them; pvalue; queries: pictures asked about; psnr (dB) and ssim of what was published, none
        if nothing was changed; accuracy of the guilty model and innocent_accuracy.
        """
        guilty, innocent, *own = models
        field = _Field(get_audit_method(self.method), self.innocent, self._own(), own)
        null = None if field.method.exact else field.null_scores()
        users = self.innocent.users()
        accuracies = {
            "accuracy": guilty.accuracy(field.probes),
            "innocent_accuracy": innocent.accuracy(field.probes),
        }
        rows = []
        for label in map(int, self.innocent.shuffled_labels()[:ASKED]):
            owner = self.innocent.owner(label, field.pool)
            pvalue, _ = field.pvalue(innocent, owner, null)
            row: Row = {
                "method": self.method,
                "seed": self.innocent.seed,
                "label": label,
                "false_alarm": float(pvalue <= LEVEL),
                "innocent_pvalue": pvalue,
            }
            if label in users:
                pvalue, queries = field.pvalue(guilty, owner, null)
                row |= {"power": float(pvalue <= LEVEL), "pvalue": pvalue, "queries": queries}
                row |= accuracies | field.visibility(owner)
            rows.append(row)
        return rows

    def _own(self) -> list[AuditedModel]:
        return [self.innocent.shadow(index) for index in range(self.shadows)]


class _Field:
    """A method with everything it may use."""

    def __init__(
        self,
        method: AuditMethod,
        described: AuditedModel,
        shadows: Sequence[AuditedModel],
        models: Sequence[Model],
    ) -> None:
        self.method, self.pool = method, described.pool()
        setting = described.setting
        self.probes = probe_pictures(described.task, setting, TASK_SEED, PROBES_PER_LABEL)
        self._shadows, self._models = shadows, models
        self._members = np.stack([shadow.members(self.pool) for shadow in shadows])

    def null_scores(self) -> NDArray[np.float64]:
        """What owners score whose pictures no model saw: in each of the auditor's own models, by
        the others of them; shape (shadows * labels,)."""
        return self._kept(f"{self.method.name} {self.method.version}", self._find_null_scores)

    def _find_null_scores(self) -> NDArray[np.float64]:
        own = enumerate(zip(self._shadows, self._models, strict=True))
        return np.array(
            [
                self.method.ask(
                    Asked(model), shadow.owner(label, self.pool), self._scene(without=position)
                ).score
                for position, (shadow, model) in own
                for label in range(len(self.pool.names))
            ]
        )

    def pvalue(
        self, model: Model, owner: Owner, null: NDArray[np.float64] | None
    ) -> tuple[float, int]:
        """The method's own p-value, or the score's rank among innocent ones; and the queries."""
        asked = Asked(model)
        finding = self.method.ask(asked, owner, self._scene())
        if null is None:
            assert finding.pvalue is not None
            return finding.pvalue, asked.queries
        return calibrated_pvalue(finding.score, null), asked.queries

    def visibility(self, owner: Owner) -> Row:
        """Means over the owner's pictures; nothing for a method that changes none."""
        from isotopes.photos.similarity import psnr, ssim

        name = self.method.publishes
        publisher = self.method if name is None else get_audit_method(name)
        changed, _ = publisher.publish(owner, len(self.pool.names), lambda: self._models[0])
        pairs = [
            (one, two)
            for one, two in zip(owner.pixels, changed, strict=True)
            if not np.array_equal(one, two)
        ]
        if not pairs:
            return {}
        return {
            "psnr": float(np.mean([psnr(*pair) for pair in pairs])),
            "ssim": float(np.mean([ssim(*pair) for pair in pairs])),
        }

    def _scene(self, without: int | None = None) -> Scene:
        kept = [position for position in range(len(self._models)) if position != without]
        return Scene(
            self.probes,
            lambda: self._models[0],
            lambda: self._kept("log-odds", self._find_log_odds)[kept],
            self._members[kept],
        )

    def _kept(self, what: str, find: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
        """What is the same for all trials with these shadow models, found once in a process."""
        key = (what, tuple(self._shadows))
        if key not in _found:
            _found[key] = find()
        return _found[key]

    def _find_log_odds(self) -> NDArray[np.float64]:
        pixels, labels = self.pool.pixels, self.pool.labels
        return np.stack(
            [mirrored_log_odds(model.predict, pixels, labels) for model in self._models]
        )


def calibrated_pvalue(score: float, null: NDArray[np.float64]) -> float:
    """The rank of a score among those of innocent models: as good as they are like this one.

    >>> calibrated_pvalue(2.0, np.arange(4.0))
    0.6
    """
    return (1 + int((null >= score).sum())) / (len(null) + 1)
