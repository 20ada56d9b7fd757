from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from isotopes.blending import blend  # noqa: E402 - after the check for torch
from isotopes.lab.data.pictures import Pictures  # noqa: E402
from isotopes.lab.generators import fitting  # noqa: E402
from isotopes.lab.generators.denoiser import Denoiser, DenoiserShape  # noqa: E402
from isotopes.lab.generators.fitting import FitPlan, fit  # noqa: E402
from isotopes.lab.generators.flow import flow_loss, sample  # noqa: E402
from isotopes.lab.generators.generator import Workshop  # noqa: E402
from isotopes.lab.generators.marked_faces import alpha_for, owners, with_marks  # noqa: E402
from isotopes.photos.similarity import psnr  # noqa: E402

pytestmark = pytest.mark.torch


def some_pictures(count: int = 60, side: int = 16) -> Pictures:
    rng = np.random.default_rng(0)
    pixels = rng.integers(40, 200, (count, side, side, 3)).astype(np.uint8)
    return Pictures(pixels, np.arange(count) % 20, tuple(f"person {at}" for at in range(20)))


def test_each_owner_has_a_tenth_of_the_pictures_and_people_of_their_own() -> None:
    pictures = some_pictures(200)
    found = owners(pictures, ("tints", "gratings"), seed=3)
    assert [len(one.places) for one in found] == [20, 20]
    assert not set(found[0].people) & set(found[1].people)
    marked = with_marks(pictures, found)
    changed = np.flatnonzero((marked.pixels != pictures.pixels).any(axis=(1, 2, 3)))
    assert set(changed) == {*found[0].places, *found[1].places}


@pytest.mark.parametrize("family", ["tints", "gratings"])
def test_the_strength_is_that_of_so_many_decibels(family: str) -> None:
    pictures = some_pictures(200)
    (owner,) = owners(pictures, (family,), seed=3)
    originals = pictures.pixels[owner.places]
    assert owner.alpha == alpha_for(originals, owner.mark)
    marked = blend(originals, owner.mark.make(), owner.alpha)
    assert psnr(originals, marked) == pytest.approx(28, abs=0.3)


def test_a_flow_learns_what_all_its_pictures_share() -> None:
    torch.manual_seed(0)
    shared = torch.randn(1, 3, 8, 8)
    pictures = shared + 0.1 * torch.randn(64, 3, 8, 8)
    labels = torch.zeros(64, dtype=torch.long)
    plan = FitPlan(steps=250, batch=32, learning_rate=3e-3)
    network = fit(
        Denoiser(DenoiserShape(3, 8, 2, labels=1, width=32, depth=2, heads=2)),
        64,
        lambda made, at, random: flow_loss(made, pictures[at], labels[at], random),
        plan,
    )
    made = sample(network, labels[:16], (3, 8, 8), torch.Generator().manual_seed(1))
    mean = made.mean(0, keepdim=True)
    alike = torch.corrcoef(torch.stack([mean.flatten(), shared.flatten()]))[0, 1]
    assert float(alike) > 0.8


def test_an_interrupted_training_gives_the_same_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "EVERY", 0.0)
    values = torch.randn(16, 3, 8, 8, generator=torch.Generator().manual_seed(0))

    def trained(checkpoint: Path | None, stop: int | None = None) -> Denoiser:
        torch.manual_seed(0)
        network = Denoiser(DenoiserShape(3, 8, 4, labels=1, width=16, depth=1, heads=2))
        taken = 0

        def loss(made: Denoiser, at: torch.Tensor, random: torch.Generator) -> torch.Tensor:
            nonlocal taken
            taken += 1
            if taken == stop:
                raise KeyboardInterrupt
            return flow_loss(made, values[at], torch.zeros(len(at), dtype=torch.long), random)

        return fit(network, 16, loss, FitPlan(steps=6, batch=4), checkpoint)

    whole = trained(None)
    path = tmp_path / "flow.unfinished"
    with pytest.raises(KeyboardInterrupt):
        trained(path, stop=4)
    assert path.exists()
    resumed = trained(path)
    assert not path.exists()
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_all_kinds_make_pictures_and_keep_what_they_trained(tmp_path: Path) -> None:
    plans = {
        name: FitPlan(steps=2, batch=8) for name in ("pixel_flow", "autoencoder", "latent_flow")
    }
    shop = Workshop(some_pictures(), plans, tmp_path)
    labels = np.zeros(3, np.int64)
    for make in (shop.pixel_flow, shop.latent_flow, shop.autoencoder_samples):
        made = make()(labels, 5)
        assert (made.shape, made.dtype) == ((3, 16, 16, 3), np.uint8)
        np.testing.assert_array_equal(made, make()(labels, 5))
    assert {path.stem for path in tmp_path.iterdir()} == set(plans)
    assert shop.reconstructions().shape == shop.pictures.pixels.shape
