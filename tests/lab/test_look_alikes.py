"""Services that compare queries: what they take for an earlier one, and what they are shown."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from isotopes.lab.countermeasures import get_countermeasure
from isotopes.lab.countermeasures.answers.look_alikes import QuerySequence, QueryWatch, caught
from isotopes.lab.countermeasures.countermeasure import answers_through
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.experiments.robustness.disguise import _standing_out
from isotopes.lab.methods.features import FeaturesOf
from isotopes.lab.methods.own_check import STAGES, own_check_pvalue, own_queries, staged_pvalue
from isotopes.lab.models.mark_spec import drawn, key_of, with_decoys
from isotopes.lab.networks import get_architecture
from isotopes.lab.train.training import Model
from isotopes.lab.trials.own_pictures.watched import _SHOWN, Queries, _Account, _Service

NAMES = ("a", "b", "c")


@pytest.fixture
def model() -> Model:
    torch.manual_seed(0)
    network = get_architecture("compact").build(len(NAMES)).eval()
    return Model(network, "compact", NAMES, (0.5,) * 3, (0.25,) * 3, (16, 16))


def queries() -> NDArray[np.uint8]:
    """Eight pictures, each of them four times: with more and more noise, in a random order."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(40, 216, (8, 4, 4, 3)).repeat(4, axis=1).repeat(4, axis=2)
    noisy = [coarse + rng.normal(0, 12 * step, coarse.shape) for step in range(4)]
    every = np.concatenate(noisy)[rng.permutation(32)]
    return every.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("distance", [4, 16, 64])
def test_fingerprints_agree_with_the_query_detector(model: Model, distance: int) -> None:
    pixels = queries()
    given = QuerySequence(model, pixels).answered_as(QueryWatch("fingerprints", distance))
    detector = get_countermeasure("query_detector", distance)
    shown = detector.answers(model.predict, NAMES, 0)(pixels)
    np.testing.assert_array_equal(shown, model.predict(pixels)[given].astype(np.float64))
    assert 0 < caught(given) < 1


@pytest.mark.parametrize("least", [0.9, 0.99, 0.9999])
def test_a_query_is_answered_as_the_closest_earlier_one_by_its_features(
    model: Model, least: float
) -> None:
    pixels = queries()
    features = FeaturesOf(model).of(pixels)
    fresh: list[int] = []
    expected = []
    for query, mine in enumerate(features):
        cosines = {
            one: mine @ features[one] / np.linalg.norm(mine) / np.linalg.norm(features[one])
            for one in fresh
        }
        closest = max(cosines, key=cosines.__getitem__, default=query)
        if cosines.get(closest, -1) < least:
            closest = query
            fresh.append(query)
        expected.append(closest)
    given = QuerySequence(model, pixels).answered_as(QueryWatch("features", least))
    assert given.tolist() == expected


def test_where_nothing_is_compared_every_query_gets_its_own_answer(model: Model) -> None:
    repeated = np.repeat(queries()[:1], 5, axis=0)
    asked = QuerySequence(model, repeated)
    assert caught(asked.answered_as(QueryWatch("nothing"))) == 0
    assert caught(asked.answered_as(QueryWatch("features", 0.999))) == 0.8
    assert asked.closest_earlier("features") == pytest.approx(1)
    assert asked.closest_earlier("fingerprints").tolist() == [0] * 4


@pytest.mark.parametrize("kind", ["disguised", "half-mixed"])
def test_each_query_shows_the_picture_in_another_way_and_always_alike(kind: Queries) -> None:
    pixels = queries()
    held_out = Pictures(pixels[1:4], np.array([0, 1, 1]), NAMES)
    asker: Any = SimpleNamespace(seed=7, label=0)
    shown = _SHOWN[kind](asker, held_out)
    assert shown is not None
    made = [shown(pixels[0], draw, 0) for draw in range(12)]
    for draw, one in enumerate(made):
        assert (one.dtype, one.shape) == (np.uint8, pixels[0].shape)
        np.testing.assert_array_equal(one, shown(pixels[0], draw, 0))
    if kind == "half-mixed":  # with pictures of others, both of them
        means = {((pixels[0].astype(int) + pixels[other]) // 2).tobytes() for other in (2, 3)}
        assert {one.astype(int).tobytes() for one in made} == means
    else:
        assert len({one.tobytes() for one in made}) == len(made)


def test_asked_once_for_all_services_a_check_finds_what_it_finds_by_each(model: Model) -> None:
    own, mark = queries()[:2], drawn("gratings", key_of("8"), 0)
    marks = with_decoys(mark, STAGES.decoys)
    account = _Account(model, own_queries(own, marks, 0.1, np.random.default_rng(3)))
    stages = []
    for name, watch in (
        ("query_detector", QueryWatch("fingerprints", 4)),
        ("", QueryWatch("nothing")),
        ("query_detector", QueryWatch("fingerprints", 16)),
    ):
        service = _Service(account, watch)
        found = staged_pvalue(service, account.stages())
        predict = answers_through(name, watch.bound, model, 0)
        assert found == own_check_pvalue(predict, own, marks, 0.1, np.random.default_rng(3))
        stages.append(len(service.given))
    few, every = 2 * (1 + STAGES.first), 2 * len(marks)
    assert stages == [few, every, few]  # a service that hides the mark ends the check early


def test_a_check_stands_out_among_the_honest_users_of_its_own_model() -> None:
    seen = [(0, 0.5, 0.1, 0.2), (0, 0.3, 0.4, 0.2), (1, 0.5, 0.1, 0.6), (1, 0.7, 0.1, 0.6)]
    names = ("seed", "caught", "album", "honest")
    rows = [
        {"queries": "as usual", "service": "features", **dict(zip(names, one, strict=True))}
        for one in seen
    ]
    assert "| features | 0.50 |" in list(_standing_out(rows))
