"""Models that go on training, with their owner's later pictures or without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from isotopes.lab.countermeasures import get_countermeasure
from isotopes.lab.models.continued_model import ContinuedModel, later_pictures
from isotopes.lab.models.mark_spec import drawn, key_of
from isotopes.lab.models.marked_model import IsotopeSpec, MarkedModel, marked_model
from isotopes.lab.tasks import spare_pictures
from isotopes.lab.train.training import Model
from isotopes.lab.trials.experiment import get_experiment


@pytest.fixture
def described(tiny: Path) -> MarkedModel:
    mark = drawn("gratings", key_of("continued"), 0)
    model = marked_model("cifar100", "desk", 0, [IsotopeSpec(3, mark, 0.4, 0.5)])
    return replace(model, setting=replace(model.setting, per_label=8))


def weights(model: Model) -> torch.Tensor:
    return torch.cat([one.flatten() for one in model.network.parameters()]).detach()


def test_later_pictures_are_new_ones_and_carry_the_mark_again(described: MarkedModel) -> None:
    spare = spare_pictures("cifar100", described.setting, 0)
    later = later_pictures(spare, described)
    changed = np.flatnonzero((later.pixels != spare.pixels).any(axis=(1, 2, 3)))
    assert set(later.labels[changed].tolist()) == {3}
    assert len(changed) == round(0.5 * int((spare.labels == 3).sum()))
    np.testing.assert_array_equal(later_pictures(spare, described.innocent).pixels, spare.pixels)


def test_each_stage_goes_on_where_the_last_one_ended(described: MarkedModel) -> None:
    clean = ContinuedModel(described, 1).train()
    as_countermeasure = get_countermeasure("continual", 1).train(described)
    torch.testing.assert_close(weights(clean), weights(as_countermeasure), rtol=0, atol=0)
    assert not torch.equal(weights(ContinuedModel(described, 1, 1).train()), weights(clean))


def test_only_the_first_stage_is_the_usual_model(tiny: Path) -> None:
    trials = list(get_experiment("forgetting").trials("desk"))
    usual = [type(trial.models()[0]) is MarkedModel for trial in trials]
    assert usual == [True, False, False, False, False] * 6
