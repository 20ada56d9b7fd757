"""The models that methods are tried on, with some people's pictures in them or nobody's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isotopes.lab.data.pictures import Pictures
from isotopes.lab.folders import cache_folder
from isotopes.lab.methods.method import Owner, get_audit_method
from isotopes.lab.models.bank import Bank
from isotopes.lab.models.mark_spec import key_of
from isotopes.lab.models.marked_model import best_device
from isotopes.lab.networks import get_architecture
from isotopes.lab.tasks import TaskSetting, get_task, training_pictures
from isotopes.lab.tasks.task import Scale, task_digest
from isotopes.lab.train.training import Model, train

SHARE = 0.1  # p: a person's fraction of their label's pictures in a model
USERS = 5  # in each guilty model, each in a label of their own
TASK_SEED = 0  # all models know the same labels: else no shadow model would serve two of them
FIRST_SHADOW = 1000  # seeds from this one on are for the auditor's own models


@dataclass(frozen=True)
class AuditedModel:
    """A network, described by everything that goes into it.

    The seed shuffles each label's pictures. The first ones are a person's. Half of all pictures are
    used for training, including the person's or, in an innocent model, the next ones instead. The
    rest is not in the model.

    Attributes:
        task, digest, setting, network: as of `MarkedModel`.
        seed: of who owns what, of what others own, and of the training.
        publishes: the method with which people changed their pictures; empty for an innocent model.
        method_version: of that method.
    """

    task: str
    digest: str
    setting: TaskSetting
    seed: int
    publishes: str = ""
    method_version: int = 0
    network: str = ""
    version: int = 1

    def guilty(self, publishes: str) -> AuditedModel:
        """The same model with pictures of `USERS` people who use this method."""
        version = get_audit_method(publishes).version
        return replace(self, publishes=publishes, method_version=version)

    def shadow(self, index: int) -> AuditedModel:
        """An innocent model of the auditor's own."""
        return replace(self, seed=FIRST_SHADOW + index, publishes="", method_version=0)

    def pool(self) -> Pictures:
        """All pictures that anybody's are drawn from."""
        return training_pictures(self.task, replace(self.setting, per_label=None), TASK_SEED)

    def shuffled_labels(self) -> NDArray[np.int64]:
        """All labels, in this seed's order."""
        labels = len(self.pool().names)
        return np.random.default_rng([self.seed, 6]).permutation(labels)

    def users(self) -> list[int]:
        """The labels of people whose pictures are in a guilty model of this seed."""
        users: list[int] = self.shuffled_labels()[:USERS].tolist()
        return users

    def owner(self, label: int, pool: Pictures) -> Owner:
        """The person who owns pictures of a label."""
        indices, _ = self._deal(label, pool)
        key = key_of("methods", self.task, self.seed, label)
        return Owner(label, key, np.ascontiguousarray(pool.pixels[indices]), indices)

    def members(self, pool: Pictures) -> NDArray[np.bool_]:
        """Which pictures of the pool an innocent model is trained on, shape (pool,)."""
        found = np.zeros(len(pool), np.bool_)
        for label in range(len(pool.names)):
            found[self._deal(label, pool)[1]] = True
        return found

    def train(self) -> Model:
        """Train it, on a GPU if there is one."""
        pool = self.pool()
        inside = self.members(pool)
        pixels, labels = [], []
        for label in self.users() if self.publishes else []:
            owner = self.owner(label, pool)
            _, others = self._deal(label, pool)
            inside[others[-len(owner.indices) :]] = False
            changed, called = get_audit_method(self.publishes).publish(
                owner, len(pool.names), self.surrogate
            )
            pixels.append(changed)
            labels.append(np.full(len(changed), called))
        pictures = Pictures(
            np.concatenate([pool.pixels[inside], *pixels]),
            np.concatenate([pool.labels[inside], *labels]),
            pool.names,
        )
        recipe, architecture = self.setting.recipe, self.setting.architecture
        return train(architecture, pictures, recipe, self.seed, device=best_device())

    def surrogate(self) -> Model:
        """The auditor's network for marking: their first shadow model, from the bank."""
        model = Bank(cache_folder() / "models").get(self.shadow(0))
        model.network.to(best_device())
        return model

    def _deal(self, label: int, pool: Pictures) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Indices of the person's pictures, and of those in an innocent model."""
        mine = np.flatnonzero(pool.labels == label)
        order = np.random.default_rng([self.seed, 7, label]).permutation(mine)
        count = len(mine) // 2
        owned = max(1, round(SHARE * count))
        return order[:owned], order[owned : owned + count]


def audited_model(task: str, scale: Scale, seed: int) -> AuditedModel:
    """The description of an innocent model.

    Raises:
        IsotopesError: there is no such task, or its image set is not there.
    """
    setting = get_task(task).settings[scale]
    network = get_architecture(setting.architecture).digest()
    return AuditedModel(task, task_digest(task), setting, seed, network=network)
