from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from isotopes.errors import PlanError, TooFewDecoys, TooFewProbes
from isotopes.stats.independence import CorrelationResult
from isotopes.verify import Plan, get_method, methods
from isotopes.verify.methods.terms import committed_terms, differences

# A hash shown before a check must be what anybody gets from the plan years later.
GOLDEN = "sha256:156526538963c061d230fcadacb08a20119d55cbd6b06ec41d167ede95339b7d"

CHANGES: dict[str, Any] = {
    "isotope": "winter",
    "commitment": "sha256:" + "ac" * 32,
    "family": "dead_leaves",
    "family_version": 2,
    "alpha": 0.3,
    "exchangeable": False,
    "method": "paired-t",
    "statistic": "probability",
    "level": 0.01,
    "decoys": 20,
    "probes": tuple(f"sha256:{index:064x}" for index in (1, 0, 2, 3, 4, 5)),
    "probe_labels": (None, "cat", None, None, None, None),
    "target": "other.onnx",
    "target_identity": "sha256:" + "ce" * 32,
    "seed": "02" * 32,
    "settings": {"rounds": 5},
    "label": "cat",
    "candidates": ("cat", "dog"),
    "own": ("sha256:" + "ef" * 32,),
    "independence": CorrelationResult(0.5, 0.1, 19, 6),
    "own_independence": CorrelationResult(0.5, 0.1, 19, 1),
    "copies": CorrelationResult(0.05, 9.0, 19, 1),
    "left_out": 3,
    "unreadable": 1,
    "unchecked_anchors": True,
    "assume_exchangeable": True,
    "beacon": "drand, round 7",
    "differs": ("level 0.05 instead of level 0.01",),
    "disguised": True,
}


def test_golden_hash(plan: Plan) -> None:
    assert plan.hash == GOLDEN


@pytest.mark.parametrize(
    "name", [field.name for field in fields(Plan) if field.name != "query_order"]
)
def test_every_field_is_hashed(plan: Plan, name: str) -> None:
    base = replace(plan, own=("sha256:" + "ee" * 32,))
    assert replace(base, **{name: CHANGES[name]}).hash != base.hash


def test_a_plan_survives_json(plan: Plan) -> None:
    names = ("own", "independence", "own_independence", "copies")
    mine = replace(plan, **{name: CHANGES[name] for name in names})
    for some in (plan, mine, replace(plan, candidates=("cat", "dog"), differs=("x", "y"))):
        again = Plan.from_dict(json.loads(json.dumps(some.to_dict())))
        assert again == some
        assert again.hash == some.hash


def test_the_seed_is_not_shown(plan: Plan) -> None:
    assert plan.seed not in repr(plan)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": 0.0}, "the level must be above 0 and below 1, got 0"),
        ({"level": 1.0}, "the level must be above 0 and below 1, got 1"),
        ({"decoys": 0}, "a test needs at least 1 decoy, got 0"),
        ({"alpha": 0.0}, "alpha must be above 0 and at most 1, got 0"),
        ({"seed": "01" * 31}, "a plan's seed must be 64 hexadecimal digits"),
        ({"query_order": "as they come"}, "a plan's query_order must be shuffled"),
        ({"seed": "0G" * 32}, "a plan's seed must be 64 hexadecimal digits"),
        ({"probes": (), "probe_labels": ()}, "a plan needs at least 1 probe, got none"),
        ({"probes": ("sha256:0",) * 6}, "got the same picture twice"),
        ({"probe_labels": (None,)}, "for each of 6 probes, got 1"),
        ({"statistic": "odds"}, "no statistic is called 'odds'"),
        ({"label": "cat", "candidates": ("dog",)}, "either one label or candidate labels"),
        ({"own": (f"sha256:{0:064x}",)}, "got the same picture twice"),
        ({"candidates": ()}, "must differ and be at least one"),
        ({"candidates": ("cat", "cat")}, "must differ and be at least one"),
    ],
)
def test_what_is_no_plan(plan: Plan, change: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        replace(plan, **change)


def test_other_formats_and_fields_are_refused(plan: Plan) -> None:
    with pytest.raises(
        PlanError, match="its format is isotopes-plan/1, and this one reads isotopes-plan/6"
    ):
        Plan.from_dict({**plan.to_dict(), "format": "isotopes-plan/1"})
    with pytest.raises(PlanError, match="extra is not one of its fields"):
        Plan.from_dict({**plan.to_dict(), "extra": 1})
    with pytest.raises(PlanError, match="the field level is missing"):
        Plan.from_dict({k: v for k, v in plan.to_dict().items() if k != "level"})


def test_tests_are_found_by_name() -> None:
    assert {"paired-t", "rank"} <= set(methods())
    for name, method in methods().items():
        assert method.name == name
        assert method.summary
        get_method(name)
    with pytest.raises(PlanError, match="no test is called 'welch'") as caught:
        get_method("welch")
    assert "paired-t, rank" in (caught.value.hint or "")


def test_a_method_refuses_plans_that_could_never_answer(plan: Plan) -> None:
    rank = get_method("rank")
    rank.check(plan)
    with pytest.raises(TooFewDecoys, match="at level 0.01 needs at least 99 decoys, got 19"):
        rank.check(replace(plan, level=0.01))
    with pytest.raises(TooFewProbes, match="needs at least 5 probes, got 1"):
        rank.check(replace(plan, probes=plan.probes[:1], probe_labels=(None,)))
    with pytest.raises(PlanError, match="the settings of rank are: none, got: rounds"):
        rank.check(replace(plan, settings={"rounds": 5}))


def test_paired_t_refuses_plans_that_could_never_answer(plan: Plan) -> None:
    paired_t = get_method("paired-t")
    settings = {"rounds": 5, "size": 6, "delta": 0.6}
    asked = replace(plan, method="paired-t", decoys=1, label="cat", settings=settings)
    paired_t.check(asked)
    with pytest.raises(PlanError, match="paired-t tests one label, and none is named"):
        paired_t.check(replace(asked, label=None))
    with pytest.raises(PlanError, match="two marks in the same picture, and disguised queries"):
        paired_t.check(replace(asked, disguised=True))
    with pytest.raises(PlanError, match="1 external mark, got 2 decoys"):
        paired_t.check(replace(asked, decoys=2))
    with pytest.raises(TooFewProbes, match="takes 250 probes, got 6 for all of them"):
        paired_t.check(replace(asked, settings={**settings, "size": 250}))


def test_differences_from_the_commitment_are_named() -> None:
    committed = {**committed_terms(), "decoys": 199, "label": None}
    assert list(differences(committed, committed)) == []
    planned = {**committed, "level": 0.05, "decoys": 19, "label": "cat"}
    assert list(differences(committed, planned)) == [
        "level 0.05 instead of level 0.01",
        "decoys 19 instead of decoys 199",
        "label 'cat' instead of a search over all labels",
    ]
    other = {**committed_terms("paired-t"), "decoys": 1, "label": None}
    assert list(differences(committed, other)) == ["method paired-t instead of method two-stage"]
    of_encoder = {**committed, "statistic": "embeddings", "candidates": None}
    assert list(differences({**committed, "label": "cat"}, of_encoder)) == []
    assert list(differences({"decoys": 9}, {"method": "rank", "level": 0.01, "decoys": 9})) == [
        "method rank instead of no method"
    ]
    assert list(differences({"method": "rank"}, {"method": "rank", "level": 0.01})) == [
        "level 0.01 instead of no level"
    ]
