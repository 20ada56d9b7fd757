from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from isotopes.errors import PlanError, TooFewDecoys, TooFewProbes
from isotopes.stats.effect import mark_effect
from isotopes.stats.many.attribution import attribute, check_claims
from isotopes.stats.many.audit import AuditResult, audit_many
from isotopes.stats.paper.distinguish import distinguish
from isotopes.stats.paper.paired_t import paired_t
from isotopes.stats.scores.statistic import STATISTICS, get_statistic, mean_scores

MARKS, DECOYS, PROBES, LABELS = 12, 40, 30, 8
CLAIMED = np.arange(MARKS) % LABELS
EVERY = np.ones((PROBES, LABELS), np.bool_)


def ask(seed: int, lift: float = 0.0, *, learned: int = MARKS) -> np.ndarray:
    """Answers of a model that lifts the claimed labels of the first `learned` marks."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(PROBES, LABELS)) + rng.normal(0, 0.3, (MARKS + DECOYS, 1, LABELS))
    logits = logits + rng.normal(0, 0.2, (MARKS + DECOYS, PROBES, LABELS))
    logits[np.arange(learned), :, CLAIMED[:learned]] += lift
    weights = np.exp(logits)
    answers: np.ndarray = weights / weights.sum(axis=2, keepdims=True)
    return answers


def top(answers: np.ndarray, k: int) -> np.ndarray:
    least = np.sort(answers, axis=2)[:, :, -k, None]
    return np.where(answers >= least, answers, np.nan)


def rounds(seed: int = 0, size: int = 15) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(PROBES)[:size] for _ in range(5)])


def some_allowed(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((PROBES, LABELS)) < 0.8


@pytest.mark.parametrize("statistic", sorted(STATISTICS))
@pytest.mark.parametrize("k", [LABELS, 3])
def test_against_v_and_v_d_pair_by_pair(statistic: str, k: int) -> None:
    answers, samples = top(ask(0, 0.5, learned=8), k), rounds()
    found = audit_many(answers, CLAIMED, EVERY, samples, statistic=statistic)
    scores = get_statistic(statistic)(answers)
    for mark, label in enumerate(CLAIMED):
        for decoy in range(4):
            v = paired_t(scores[mark, :, label], scores[MARKS + decoy, :, label], samples)
            assert found.verified[mark, decoy] == v.detected
            assert found.wins[mark, MARKS + decoy] == v.significant_rounds
    pairs = [(i, j) for i in range(MARKS) for j in range(i) if CLAIMED[i] != CLAIMED[j]]
    for pair in pairs:
        of_pair = scores[np.ix_(pair, range(PROBES), CLAIMED[list(pair)])]
        v_d = distinguish(np.moveaxis(of_pair, 2, 1), samples)
        assert found.distinguished[pair] == v_d.distinguished
        assert (found.wins[pair], found.wins[pair[::-1]]) == v_d.significant_rounds
    assert 0 < found.distinguished.sum() < 2 * len(pairs)


def test_rounds_take_the_probes_that_are_allowed_for_the_label() -> None:
    answers, samples, allowed = ask(1, 0.4), rounds(1, 20), some_allowed()
    found = audit_many(answers, CLAIMED, allowed, samples, statistic="probability")
    for mark, label in enumerate(CLAIMED):
        kept = [sample[None, allowed[sample, label]] for sample in samples]  # of unequal lengths
        for other in range(0, MARKS + DECOYS, 4):
            scores = answers[mark, :, label], answers[other, :, label]
            wins = sum(paired_t(*scores, one).significant_rounds for one in kept)
            assert found.wins[mark, other] == wins


def test_the_exact_tests_are_those_of_the_means() -> None:
    answers, allowed = ask(2, 4.0, learned=6), some_allowed(1)
    found = audit_many(answers, CLAIMED, allowed, rounds(), discovery_level=0.2)
    means = mean_scores(get_statistic("log-odds")(answers), allowed)
    marks, decoys = means[:MARKS], means[MARKS:]
    claims = check_claims(marks, decoys, CLAIMED)
    np.testing.assert_allclose(found.claims.pvalues, claims.pvalues)
    attribution = attribute(marks, decoys[10:], decoys[:10], level=0.2)
    np.testing.assert_allclose(found.attribution.pvalues, attribution.pvalues)
    assert found.attribution.attributed[:6].all()
    assert found.claims.upheld[:6].all()


def test_marks_that_no_model_saw_are_upheld_with_the_level_where_v_finds_far_more() -> None:
    found = [audit_many(ask(seed), CLAIMED, EVERY, rounds(seed)) for seed in range(40)]
    upheld = np.mean([one.claims.decoy_pvalues <= 0.1 for one in found])
    assert upheld <= 0.1 + 3 * np.sqrt(0.09 / (40 * LABELS))  # at most so many independent draws
    assert np.mean([one.verified for one in found]) > 0.3
    attributed = [one.attribution.attributed.any() for one in found]
    assert np.mean(attributed) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 40)


def test_marks_of_one_label_are_never_told_apart() -> None:
    found = audit_many(ask(3, 9.0), CLAIMED, EVERY, rounds())
    same = CLAIMED[:, None] == CLAIMED
    assert not found.distinguished[same].any()
    assert not found.claims.told_apart[same].any()
    assert found.distinguished[~same].all()
    assert found.claims.told_apart[~same].all()


def test_a_file_gives_the_same_as_an_array(tmp_path: Path) -> None:
    answers = top(ask(4, 0.6), 4).astype(np.float32)
    file = np.memmap(tmp_path / "answers", np.float32, "w+", shape=answers.shape)
    file[:] = answers
    found = audit_many(file, CLAIMED, EVERY, rounds(), statistic="top-rank")
    expected = audit_many(answers, CLAIMED, EVERY, rounds(), statistic="top-rank")
    assert found.to_dict() == expected.to_dict()


def test_differences_that_are_all_the_same() -> None:
    """Nothing varies, so there is no t-test: the sign decides, as in `paired_t`."""
    answers = np.full((1 + 39, PROBES, 2), 0.25)
    answers[0, :, 0], answers[1, :, 0] = 0.3, 0.3
    found = audit_many(
        answers, [0], np.ones((PROBES, 2), np.bool_), rounds(), statistic="probability"
    )
    np.testing.assert_array_equal(found.wins[0], [0, 0, *[5] * 38])


def test_a_mark_without_a_claim_is_attributed_and_no_more() -> None:
    answers, samples, claimed = ask(2, 2.0, learned=6), rounds(), CLAIMED.copy()
    whole = audit_many(answers, claimed, EVERY, samples)
    claimed[[1, 5]] = -1
    found = audit_many(answers, claimed, EVERY, samples)
    assert found.named.tolist() == [0, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    np.testing.assert_array_equal(found.wins, whole.wins[found.named])
    np.testing.assert_array_equal(found.verified, whole.verified[found.named])
    pairs = np.ix_(found.named, found.named)
    np.testing.assert_array_equal(found.distinguished, whole.distinguished[pairs])
    assert found.attribution.to_dict() == whole.attribution.to_dict()
    nameless = audit_many(answers, np.full(MARKS, -1), EVERY, samples)
    assert nameless.claims is None
    assert nameless.distinguished.shape == (0, 0)
    assert AuditResult.from_dict(json.loads(json.dumps(nameless.to_dict()))).claims is None


@pytest.mark.parametrize("statistic", sorted(STATISTICS))
def test_the_effects_are_those_of_a_check(statistic: str) -> None:
    answers, allowed = ask(3, 1.0), some_allowed(4)
    found = audit_many(answers, CLAIMED, allowed, rounds(), statistic=statistic)
    scores = get_statistic(statistic)(answers)
    for mark, label in enumerate(found.attribution.labels):
        of_label = scores[:, allowed[:, label], label]
        effect = mark_effect(np.concatenate([of_label[mark, None], of_label[MARKS:]]))
        got = found.differences[mark], found.lows[mark], found.highs[mark]
        assert got == pytest.approx((effect.difference, effect.low, effect.high), abs=1e-9)


def test_result_survives_json() -> None:
    found = audit_many(ask(5, 0.5), CLAIMED, some_allowed(2), rounds())
    again = AuditResult.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again.to_dict() == found.to_dict()
    np.testing.assert_array_equal(again.distinguished, found.distinguished)
    np.testing.assert_array_equal(again.claims.told_apart, found.claims.told_apart)


def test_what_does_not_go_together() -> None:
    answers = ask(6)
    with pytest.raises(PlanError, match=r"must have shape \(marks \+ decoys, 30, 8\), got"):
        audit_many(answers[:, :20], CLAIMED, EVERY, rounds())
    with pytest.raises(PlanError, match="claimed labels of 1 to 51 marks, got 0"):
        audit_many(answers, [], EVERY, rounds())
    with pytest.raises(PlanError, match="columns from 0 to 7, or -1, got 0 to 8"):
        audit_many(answers, [0, 8], EVERY, rounds())
    with pytest.raises(PlanError, match="hold probes from 0 to 29"):
        audit_many(answers, CLAIMED, EVERY, rounds() + PROBES)
    with pytest.raises(TooFewDecoys, match="at level 0.05 needs at least 19 decoys, got 15"):
        audit_many(answers[: MARKS + 20], CLAIMED, EVERY, rounds())
    allowed = EVERY.copy()
    allowed[:, 3] = False
    with pytest.raises(TooFewProbes, match="at least 2 probes, got 0 for column 3"):
        audit_many(answers, [0], allowed, rounds())
    allowed[4:6, 3] = True
    with pytest.raises(TooFewProbes, match="at least 2 probes for each claimed label, got"):
        audit_many(answers, [3], allowed, rounds())
