"""Small generators learn, resume, are kept, and can be fine-tuned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Generator, Tensor  # noqa: E402 - after the check for torch

from isotopes.lab.generators.conditions import (  # noqa: E402
    KINDS,
    fine_tuned,
    guilty_generator,
)
from isotopes.lab.generators.denoiser import Denoiser, DenoiserShape  # noqa: E402
from isotopes.lab.generators.fitting import FitPlan, fit  # noqa: E402
from isotopes.lab.generators.flow import flow_loss, sample  # noqa: E402
from isotopes.lab.generators.low_rank import LowRank, add_low_rank, merge_low_rank  # noqa: E402
from isotopes.lab.models.bank import Bank  # noqa: E402
from isotopes.lab.train.side_outputs import SideOutputs, side_outputs  # noqa: E402

pytestmark = pytest.mark.torch


def test_a_flow_learns_what_all_its_pictures_share() -> None:
    torch.manual_seed(0)
    shared = torch.randn(1, 3, 8, 8)
    pictures = shared + 0.1 * torch.randn(64, 3, 8, 8)
    labels = torch.zeros(64, dtype=torch.long)
    network = fit(
        Denoiser(DenoiserShape(3, 8, 2, labels=1, width=32, depth=2, heads=2)),
        64,
        lambda made, at, random: flow_loss(made, pictures[at], labels[at], random),
        FitPlan(steps=250, batch=32, learning_rate=3e-3),
        seed=0,
        name="flow",
    )
    made = sample(network, labels[:16], torch.Generator().manual_seed(1))
    mean = made.mean(0, keepdim=True)
    alike = torch.corrcoef(torch.stack([mean.flatten(), shared.flatten()]))[0, 1]
    assert float(alike) > 0.8


def test_an_interrupted_training_gives_the_same_network(tmp_path: Path) -> None:
    values = torch.randn(16, 3, 8, 8, generator=torch.Generator().manual_seed(0))

    def trained(stop: int | None = None) -> Denoiser:
        torch.manual_seed(0)
        network = Denoiser(DenoiserShape(3, 8, 4, labels=1, width=16, depth=1, heads=2))
        taken = 0

        def loss(made: Denoiser, at: Tensor, random: Generator) -> Tensor:
            nonlocal taken
            taken += 1
            if taken == stop:
                raise KeyboardInterrupt
            return flow_loss(made, values[at], torch.zeros(len(at), dtype=torch.long), random)

        return fit(network, 16, loss, FitPlan(steps=6, batch=4), seed=0, name="flow")

    whole = trained()
    with side_outputs(SideOutputs(checkpoints=tmp_path, every=0)):
        with pytest.raises(KeyboardInterrupt):
            trained(stop=4)
        assert len(list(tmp_path.iterdir())) == 1
        resumed = trained()
        assert not list(tmp_path.iterdir())
    assert_same(whole, resumed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_generator_is_kept_and_makes_the_same_pictures_again(
    kind: str, tiny: Path, tmp_path: Path
) -> None:
    described = guilty_generator(kind, "faces", "desk", 0)  # type: ignore[arg-type]
    bank = Bank(tmp_path)
    labels = np.array([3, 3, 5])
    made = bank.get(described).generate(labels, 5)
    assert made.shape == (3, 16, 16, 3)
    assert made.dtype == np.uint8
    np.testing.assert_array_equal(made, Bank(tmp_path).get(described).generate(labels, 5))
    assert (made != bank.get(described.innocent).generate(labels, 5)).any()


def test_changes_of_low_rank_are_none_at_first_and_stay_when_they_are_merged() -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Sequential(torch.nn.Linear(5, 4)))
    given = torch.randn(3, 6)
    before = network(given).detach()
    add_low_rank(network, 2)
    assert torch.equal(network(given), before)
    changes = [one for one in network.modules() if isinstance(one, LowRank)]
    assert [tuple(one.up.shape) for one in changes] == [(5, 2), (4, 2)]
    assert sum(one.numel() for one in network.parameters() if one.requires_grad) == 2 * (11 + 9)
    for one in changes:
        torch.nn.init.normal_(one.up)
    changed = network(given).detach()
    assert not torch.allclose(changed, before)
    merge_low_rank(network)
    assert not any(isinstance(one, LowRank) for one in network.modules())
    assert torch.allclose(network(given), changed, atol=1e-5)


@pytest.mark.parametrize("way", ["all weights", "rank 4", "rank 16"])
def test_a_fine_tune_starts_from_a_generator_that_never_saw_the_person(
    way: str, tiny: Path, tmp_path: Path
) -> None:
    described = fine_tuned(way, "desk", 0, None, 0)
    assert described.person in described.base.pictures.without
    assert described.person not in described.base.pictures.open().labels
    assert set(described.originals().labels) == {described.person}
    tuned, base = (Bank(tmp_path).get(one).state_dict() for one in (described, described.base))
    assert tuned.keys() == base.keys()
    moved = {name for name in tuned if not torch.equal(tuned[name], base[name])}
    assert "denoiser.label.weight" in moved
    # Only whole matrices and the labels change at low rank.
    assert ("denoiser.place" in moved) == (way == "all weights")


def assert_same(one: Denoiser, other: Denoiser) -> None:
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name
