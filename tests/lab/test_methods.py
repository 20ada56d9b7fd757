"""The leaderboard's methods: what they publish, and what their statistics are worth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from scipy.stats import binomtest, kstest
from tiny_lab import make_tiny_lab

from isotopes.errors import IsotopesError
from isotopes.lab.data.pictures import Pictures
from isotopes.lab.experiments.leaderboard import Leaderboard
from isotopes.lab.methods import Asked, AuditMethod, Owner, Scene, audit_methods, get_audit_method
from isotopes.lab.methods.backdoor import target_of
from isotopes.lab.methods.confidence import mirrored_log_odds, modified_entropy
from isotopes.lab.methods.features import FeaturesOf, classifier_of
from isotopes.lab.methods.lira import offline_score
from isotopes.lab.methods.radioactive import cosine_pvalue, direction_of
from isotopes.lab.methods.twins import make_twins, sign_pvalue
from isotopes.lab.models.mark_spec import key_of
from isotopes.lab.networks import get_architecture
from isotopes.lab.train.training import Model
from isotopes.lab.trials.audit_table import leaderboard_table, rate_with_interval
from isotopes.lab.trials.audit_trial import MethodTrial, calibrated_pvalue
from isotopes.lab.trials.audited_model import USERS, AuditedModel, audited_model

NAMES = tuple(f"label {label}" for label in range(6))
EXACT = sorted(name for name, method in audit_methods().items() if method.exact)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuditedModel]:
    with pytest.MonkeyPatch.context() as patch:
        make_tiny_lab(tmp_path_factory.mktemp("lab"), patch)
        yield audited_model("cifar100", "desk", 3)


@pytest.fixture(scope="module")
def model() -> Model:
    """One that no picture went into."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = get_architecture("compact").build(len(NAMES)).eval()
    return Model(network, "compact", NAMES, (0.5,) * 3, (0.25,) * 3, (16, 16))


@pytest.fixture(scope="module")
def scene(model: Model) -> Scene:
    rng = np.random.default_rng(0)
    probes = Pictures(
        rng.integers(0, 256, (60, 16, 16, 3), dtype=np.uint8), np.arange(60) % len(NAMES), NAMES
    )
    seen = np.zeros((2, 8), np.bool_)
    return Scene(probes, lambda: model, lambda: np.zeros((2, 8)), seen)


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("twins", "radioactive"):
        monkeypatch.setattr(f"isotopes.lab.methods.{module}.STEPS", 2)


def make_owner(number: int, pictures: int = 8) -> Owner:
    rng = np.random.default_rng(number)
    pixels = rng.integers(0, 256, (pictures, 16, 16, 3), dtype=np.uint8)
    return Owner(number % len(NAMES), key_of("test", number), pixels, np.arange(pictures))


def test_an_unknown_method_names_those_there_are() -> None:
    with pytest.raises(IsotopesError, match="no method is called 'palmistry'") as caught:
        get_audit_method("palmistry")
    assert "LiRA" in (caught.value.hint or "")


@pytest.mark.parametrize("name", sorted(audit_methods()))
def test_what_is_published_depends_on_the_key_alone(
    name: str, model: Model, few_steps: None
) -> None:
    method = get_audit_method(name)
    owner = make_owner(1, 2)
    pixels, label = method.publish(owner, len(NAMES), lambda: model)
    again, _ = method.publish(owner, len(NAMES), lambda: model)
    assert np.array_equal(pixels, again)
    assert pixels.shape == owner.pixels.shape
    assert pixels.dtype == np.uint8
    assert (label != owner.label) == method.needs.labels
    other = Owner(owner.label, key_of("another"), owner.pixels, owner.indices)
    changed, _ = method.publish(other, len(NAMES), lambda: model)
    unchanged = np.array_equal(pixels, owner.pixels)
    assert np.array_equal(pixels, changed) == unchanged


@pytest.mark.parametrize("name", sorted(audit_methods()))
def test_only_exact_methods_have_p_values(
    name: str, model: Model, scene: Scene, few_steps: None
) -> None:
    asked = Asked(model)
    finding = get_audit_method(name).ask(asked, make_owner(2), scene)
    assert (finding.pvalue is not None) == get_audit_method(name).exact
    assert np.isfinite(finding.score)
    assert asked.queries > 0


@pytest.mark.parametrize("name", [n for n in EXACT if not n.startswith("isotopes")])
def test_exact_p_values_hold_for_a_model_that_saw_nothing(
    name: str, model: Model, scene: Scene, few_steps: None
) -> None:
    method: AuditMethod = get_audit_method(name)
    found = [method.ask(Asked(model), make_owner(n), scene).pvalue for n in range(60)]
    for level in (0.1, 0.3, 0.6):
        as_low = sum(p is not None and p <= level for p in found)
        assert binomtest(as_low, len(found), level, alternative="greater").pvalue > 1e-4


def test_the_cosine_of_a_random_direction_has_uniform_p_values() -> None:
    rng = np.random.default_rng(0)
    for dimensions in (3, 12, 96):
        directions = rng.standard_normal((2000, dimensions))
        cosines = directions[:, 0] / np.linalg.norm(directions, axis=1)
        pvalues = [cosine_pvalue(cosine, dimensions) for cosine in cosines]
        assert kstest(pvalues, "uniform").pvalue > 1e-4


def test_the_cosine_p_value_agrees_with_geometry() -> None:
    # On the sphere in three dimensions, a cap's share of the area is that of its height.
    assert cosine_pvalue(0.5, 3) == pytest.approx(0.25)
    assert cosine_pvalue(0.0, 96) == pytest.approx(0.5)
    assert cosine_pvalue(1.0, 96) == 0.0


def test_radioactive_pictures_lean_in_their_direction(model: Model) -> None:
    owner = make_owner(4)
    pixels, _ = get_audit_method("radioactive data").publish(owner, len(NAMES), lambda: model)
    features, direction = FeaturesOf(model), direction_of(owner, model)
    moved = features.of(pixels) - features.of(owner.pixels)
    stranger = direction_of(make_owner(5), model)
    assert (moved @ direction).mean() > 3 * abs((moved @ stranger).mean())
    assert np.abs(pixels.astype(int) - owner.pixels).max() <= 10


def test_a_label_that_leans_is_radioactive(model: Model, scene: Scene) -> None:
    owner = make_owner(6)
    with torch.no_grad():
        layer = classifier_of(model.network)
        before = layer.weight.clone()
        layer.weight[owner.label] = torch.from_numpy(direction_of(owner, model)).float()
    try:
        found = get_audit_method("radioactive data").ask(Asked(model), owner, scene)
    finally:
        with torch.no_grad():
            layer.weight.copy_(before)
    assert found.pvalue is not None
    assert found.pvalue < 1e-6


def test_twins_are_mirrored_about_the_picture(model: Model) -> None:
    owner = make_owner(7)
    owner.pixels[:] = 128
    published, hidden = (twin.astype(int) for twin in make_twins(owner, model))
    assert np.array_equal(published + hidden, np.full(published.shape, 256))
    assert 1 < np.abs(published - 128).max() <= 10


def test_twins_win_by_coins() -> None:
    assert sign_pvalue(5, 5) == pytest.approx(1 / 32)
    assert sign_pvalue(0, 0) == 1.0
    assert sign_pvalue(19, 25) == pytest.approx(
        binomtest(19, 25, 0.5, alternative="greater").pvalue
    )


def test_modified_entropy_is_least_where_the_label_is_certain() -> None:
    right, unsure, wrong = modified_entropy(
        np.array([[0.98, 0.01, 0.01], [0.4, 0.3, 0.3], [0.01, 0.98, 0.01]]), 0
    )
    assert right < unsure < wrong


def test_lira_looks_at_models_that_did_not_see_a_picture() -> None:
    members = np.array([[True, False], [False, True], [False, False]])
    shadows = np.array([[99.0, 1.0], [0.0, 99.0], [2.0, 3.0]])
    # Means 1 and 2, both with spread 1.
    assert offline_score(np.array([2.0, 4.0]), shadows, members) == pytest.approx(1.5, abs=1e-4)
    everybody = np.ones((3, 2), np.bool_)
    assert offline_score(np.array([2.0, 4.0]), shadows, everybody) == 0.0


def test_calibrated_p_values_are_uniform_where_scores_are_exchangeable() -> None:
    scores = np.random.default_rng(0).standard_normal((4000, 20))
    pvalues = np.array([calibrated_pvalue(row[0], row[1:]) for row in scores])
    for level in (0.05, 0.5):
        assert binomtest(int((pvalues <= level).sum()), 4000, level).pvalue > 1e-4


def test_mirrored_log_odds_are_those_of_each_pictures_label(model: Model, scene: Scene) -> None:
    pixels, labels = scene.probes.pixels[:5], scene.probes.labels[:5]
    found = mirrored_log_odds(model.predict, pixels, labels)
    turned = mirrored_log_odds(model.predict, pixels[:, :, ::-1], labels)
    assert found == pytest.approx(turned)
    assert found[2] == pytest.approx(mirrored_log_odds(model.predict, pixels[2:3], labels[2:3])[0])


def test_an_owners_pictures_are_in_no_innocent_model(tiny: AuditedModel) -> None:
    pool = tiny.pool()
    for described in (tiny, tiny.shadow(0)):
        inside = described.members(pool)
        counts = np.bincount(pool.labels[inside])
        assert (counts == np.bincount(pool.labels) // 2).all()
        owners = [described.owner(label, pool) for label in range(len(pool.names))]
        assert not inside[np.concatenate([owner.indices for owner in owners])].any()
    assert len(set(tiny.users())) == USERS
    assert tiny.shadow(0).guilty("backdoor") != tiny.shadow(0)


def test_a_guilty_model_is_trained_on_what_was_published(
    tiny: AuditedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Pictures] = []
    monkeypatch.setattr(
        "isotopes.lab.trials.audited_model.train",
        lambda _architecture, pictures, *_, **__: given.append(pictures),
    )
    tiny.train()
    tiny.guilty("backdoor").train()
    pool = tiny.pool()
    innocent, guilty = given
    assert len(innocent) == len(guilty) == tiny.members(pool).sum()
    method = get_audit_method("backdoor")
    for label in tiny.users():
        owner = tiny.owner(label, pool)
        changed, target = method.publish(owner, len(pool.names), tiny.surrogate)
        assert target == target_of(owner, len(pool.names)) != label
        where = (guilty.pixels == changed[0]).all(axis=(1, 2, 3))
        assert guilty.labels[where].tolist() == [target]
        assert not (innocent.pixels == changed[0]).all(axis=(1, 2, 3)).any()
        assert not (guilty.pixels == owner.pixels[0]).all(axis=(1, 2, 3)).any()


def test_trials_of_methods_share_their_models(tiny: AuditedModel) -> None:
    trials = {trial.method: trial for trial in Leaderboard().trials("desk")}
    assert set(trials) == {name for name, one in audit_methods().items() if not one.faint}
    assert trials["LiRA"].models() == trials["loss threshold"].models()
    assert trials["V"].models() == trials["isotopes"].models()
    assert trials["V"].models()[1:] == trials["LiRA"].models()[1:]


def test_a_trial_counts_owners_and_queries(tiny: AuditedModel) -> None:
    trial = MethodTrial("loss threshold", 1, tiny, 2)
    known: dict[AuditedModel, Model] = {one: one.train() for one in dict.fromkeys(trial.models())}
    rows = trial.measure([known[one] for one in trial.models()])
    assert [row["label"] for row in rows if "power" in row] == tiny.users()
    assert len(rows) == 2 * USERS
    users = [row for row in rows if "power" in row]
    assert {row["queries"] for row in users} == {len(tiny.owner(0, tiny.pool()).indices)}
    # The rank among 2 * 20 owners of whom no model knows.
    assert {round(float(row["pvalue"] or 0) * 41, 6) % 1 for row in users} == {0.0}
    assert trial.measure([known[one] for one in trial.models()]) == rows


def test_the_table_ranks_by_power_with_exact_intervals() -> None:
    rows = [
        {"method": name, "seed": 0, "power": float(n < found), "false_alarm": 0.0, "queries": 25}
        for name, found in (("LiRA", 1), ("backdoor", 4))
        for n in range(5)
    ]
    lines = list(leaderboard_table(rows))  # type: ignore[arg-type]
    assert lines[2].startswith("| backdoor | 0.80 (0.28 to 0.99), 4 of 5 | 0.00 (0.00 to 0.52)")
    assert lines[3].startswith("| LiRA | 0.20")
    assert lines[3].endswith("| calibrated | 25 | unchanged | unchanged |")
    assert rate_with_interval(50, 50) == "1.00 (0.93 to 1.00), 50 of 50"
