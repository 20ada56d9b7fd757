"""The base class of methods, and their registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.train.training import Model
from isotopes.plugins import Registry
from isotopes.seeds import derive


@dataclass(frozen=True, eq=False)
class Owner:
    """A person and all their pictures, all of one label.

    Attributes:
        label: given to them by the trainer.
        key: 64 hexadecimal digits: the person's secret.
        pixels: uint8, shape (n, height, width, 3), as they are before any change.
        indices: of the pictures in the pool that everybody's are drawn from, shape (n,).
    """

    label: int
    key: str
    pixels: NDArray[np.uint8]
    indices: NDArray[np.int64]

    def rng(self, purpose: str) -> np.random.Generator:
        """Random numbers derived from the key: unpredictable without it, reproducible with it."""
        secret = derive(bytes.fromhex(self.key), f"isotopes/v1/lab/methods/{purpose}")
        return np.random.default_rng(np.frombuffer(secret, np.uint32))


class Asked:
    """A model that counts the pictures it is asked about."""

    def __init__(self, model: Model) -> None:
        """Wrap `model`, which white-box methods look into."""
        self.model = model
        self.queries = 0

    def predict(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Probabilities, shape (n, labels), for pictures uint8 (n, height, width, 3)."""
        self.queries += len(pixels)
        return self.model.predict(pixels).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Scene:
    """What an auditor has besides their own pictures.

    Attributes:
        probes: held-out pictures of the model's labels.
        surrogate: a network trained for the task, used for marking.
        shadow_log_odds: `mirrored_log_odds` of the pool's pictures in models that the auditor
            trained (never the audited one), shape (shadows, pool).
        members: which pictures of the pool each of them was trained on, bool, alike.
    """

    probes: Pictures
    surrogate: Callable[[], Model]
    shadow_log_odds: Callable[[], NDArray[np.float64]]
    members: NDArray[np.bool_]

    def some_probes(self, owner: Owner, count: int, *, not_of: int | None = None) -> Pictures:
        """Up to `count` probes at random, none of them of the label `not_of`."""
        allowed = np.flatnonzero(self.probes.labels != (-1 if not_of is None else not_of))
        return self.probes.at(owner.rng("probes").permutation(allowed)[:count])


@dataclass(frozen=True)
class AuditFinding:
    """A method's result for one owner's pictures in one model.

    Attributes:
        score: higher if they seem to have been trained on.
        pvalue: exact for any model; None if the method has none.
    """

    score: float
    pvalue: float | None = None


@dataclass(frozen=True)
class Needs:
    """What a method requires of a person: table 1 of the paper, and what that table takes for
    granted.

    Attributes:
        others_pictures: other people's pictures, to train networks on.
        labels: say in what labels one's pictures are.
        network: a network trained for the task, when marking.
        weights: access to the model's weights, when testing.
        knows_label: know by what label the model calls one's pictures.
    """

    others_pictures: bool = False
    labels: bool = False
    network: bool = False
    weights: bool = False
    knows_label: bool = True


class AuditMethod(ABC):
    """A method to audit a model. A new one is a new file in `lab/methods/`.

    Class attributes:
        name: what tables call it.
        summary: one line: what is published, what is tested.
        source: the article.
        needs: what it asks of the person.
        exact: its p-values are valid for any model; else they are ranks among innocent models.
        faint: what it changes in pictures is faded to 28 dB.
        publishes: name of the method whose published pictures it tests, if not its own.
        version: goes up when it publishes or finds something different.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str]
    needs: ClassVar[Needs]
    exact: ClassVar[bool]
    faint: ClassVar[bool] = False
    publishes: ClassVar[str | None] = None
    version: ClassVar[int] = 1

    def publish(
        self, owner: Owner, labels: int, surrogate: Callable[[], Model]
    ) -> tuple[NDArray[np.uint8], int]:
        """What the owner publishes: pictures, and the label they are trained under.

        Args:
            labels: how many there are.
        """
        del labels, surrogate
        return owner.pixels, owner.label

    @abstractmethod
    def ask(self, asked: Asked, owner: Owner, scene: Scene) -> AuditFinding:
        """Was the model trained on what the owner published?"""


_METHODS = Registry[AuditMethod](
    AuditMethod, package="isotopes.lab.methods", group="isotopes.methods", noun="method"
)


def audit_methods() -> dict[str, AuditMethod]:
    """All methods by name."""
    return {name: kind() for name, kind in _METHODS.all().items()}


def get_audit_method(name: str) -> AuditMethod:
    """The method called `name`.

    Raises:
        IsotopesError: there is none.
    """
    return _METHODS.get(name)()
