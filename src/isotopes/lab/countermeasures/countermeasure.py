"""The base of all countermeasures, one class for each place where they act, and the registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.folders import cache_folder
from isotopes.lab.models.answers import Predict
from isotopes.lab.models.bank import Bank
from isotopes.lab.models.marked_model import MarkedModel, best_device
from isotopes.lab.train.recipe import Recipe
from isotopes.lab.train.training import Model, Step, train
from isotopes.plugins import Registry

if TYPE_CHECKING:
    from isotopes.targets import Target


@dataclass(frozen=True)
class Countermeasure(ABC):
    """What a trainer or a service does. A new one is a new file in one of the folders here.

    Class attributes:
        name: what the command line and the tables call it.
        summary: one line for people.
        source: where it comes from.
        parameter: what `strength` is, with its unit.
        strengths: those to try, the weakest first.

    Attributes:
        strength: how strongly it is applied.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str]
    parameter: ClassVar[str]
    strengths: ClassVar[tuple[float, ...]]

    strength: float

    def train(self, described: MarkedModel) -> Model:
        """The model trained under this countermeasure; by default the one without it."""
        return undefended(described)

    def answers(self, predict: Predict, names: tuple[str, ...], seed: int) -> Predict:
        """The answer under this countermeasure; by default the model's own.

        Args:
            names: of the labels.
        """
        del names, seed
        return predict


class Filter(Countermeasure):
    """Drops pictures, then trains on the rest."""

    @abstractmethod
    def keep(self, pictures: Pictures, model: Model, seed: int) -> NDArray[np.bool_]:
        """Which pictures stay, shape (pictures,).

        Args:
            pictures: all of them, marked ones too.
            model: trained on them.
        """

    def train(self, described: MarkedModel) -> Model:
        pictures = described.pictures()
        kept = self.keep(pictures, undefended(described), described.seed)
        return train_on(described, pictures.at(np.flatnonzero(kept)))


class Change(Countermeasure):
    """Changes every picture once, before training."""

    @abstractmethod
    def change(self, pictures: Pictures, rng: np.random.Generator) -> NDArray[np.uint8]:
        """The changed pixels, of the same shape."""

    def train(self, described: MarkedModel) -> Model:
        pictures = described.pictures()
        pixels = self.change(pictures, np.random.default_rng([described.seed, 7]))
        return train_on(described, Pictures(pixels, pictures.labels, pictures.names))


class OtherRecipe(Countermeasure):
    """Trains with another recipe."""

    @abstractmethod
    def recipe(self, usual: Recipe) -> Recipe:
        """The recipe to train by."""

    def train(self, described: MarkedModel) -> Model:
        return train_on(described, described.pictures(), self.recipe(described.setting.recipe))


class OtherStep(Countermeasure):
    """Trains with the usual recipe, but computes gradients differently."""

    @abstractmethod
    def step(self, model: Model, recipe: Recipe) -> Step:
        """The training step for this network."""

    def network(self, usual: str) -> str:
        """The network to train; by default the usual one."""
        return usual

    def train(self, described: MarkedModel) -> Model:
        recipe = described.setting.recipe
        return train(
            self.network(described.setting.architecture),
            described.pictures(),
            recipe,
            described.seed,
            device=best_device(),
            step_of=lambda model: self.step(model, recipe),
        )


class NetworkChange(Countermeasure):
    """Changes the network after it was trained."""

    @abstractmethod
    def change(self, model: Model, described: MarkedModel) -> Model:
        """The changed model. `model` may be changed in place."""

    def train(self, described: MarkedModel) -> Model:
        return self.change(undefended(described), described)


class AnswerChange(Countermeasure):
    """Changes the answers: a wrapper around the target, as for services."""

    @abstractmethod
    def wrap(self, target: Target, seed: int) -> Target:
        """The target as its users see it."""

    def answers(self, predict: Predict, names: tuple[str, ...], seed: int) -> Predict:
        """Labels that are not shown are NaN."""
        # Here: a bare GPU machine lacks what targets need.
        from isotopes.targets.kinds.callable import CallableTarget

        target = self.wrap(CallableTarget(lambda some: predict(np.stack(some)), names), seed)

        def shown(pixels: NDArray[np.uint8]) -> NDArray[np.floating]:
            scores = target.ask(list(pixels))
            return scores.values[:, [scores.labels.index(name) for name in names]]

        return shown


def undefended(described: MarkedModel) -> Model:
    """The model trained without any countermeasure, from the bank if it exists; on a GPU if there
    is one, as whoever changes it may go on training it.
    """
    model = Bank(cache_folder() / "models").get(described)
    model.network.to(best_device())
    return model


def train_on(described: MarkedModel, pictures: Pictures, recipe: Recipe | None = None) -> Model:
    """The described network, trained on other pictures or by another recipe."""
    setting = described.setting
    return train(
        setting.architecture,
        pictures,
        recipe or setting.recipe,
        described.seed,
        device=best_device(),
    )


_REGISTRY: Registry[Countermeasure] = Registry(
    Countermeasure, package="isotopes.lab.countermeasures", noun="countermeasure"
)


def countermeasures() -> dict[str, type[Countermeasure]]:
    """All countermeasures by name."""
    return _REGISTRY.all()


def get_countermeasure(name: str, strength: float) -> Countermeasure:
    """The countermeasure called `name`, at a strength.

    Raises:
        IsotopesError: there is none.
    """
    return _REGISTRY.get(name)(strength)


def answers_through(name: str, strength: float, model: Model, seed: int) -> Predict:
    """What `model` answers behind the countermeasure called `name`; as ever if that is empty."""
    if not name:
        return model.predict
    return get_countermeasure(name, strength).answers(model.predict, model.labels, seed)
