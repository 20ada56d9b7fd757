from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from isotopes.errors import TooFewProbes
from isotopes.stats.paper.paired_t import draw_samples, paired_t


def one_round(pictures: int) -> np.ndarray:
    return np.arange(pictures)[None]


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), pictures=st.integers(2, 60), shift=st.floats(-1, 1))
def test_rounds_agree_with_scipy(seed: int, pictures: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    marked, external = rng.random((2, pictures))
    marked = marked + shift
    samples = draw_samples(bytes(32), pictures, pictures // 2 + 1, 5)
    expected = [stats.ttest_rel(marked[s], external[s], alternative="greater") for s in samples]
    np.testing.assert_allclose(
        paired_t(marked, external, samples).pvalues, [test.pvalue for test in expected]
    )


def significant(rounds: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Marked and external scores, and 5 samples of which `rounds` show the mark higher."""
    rng = np.random.default_rng(0)
    external = np.zeros(100)
    marked = np.concatenate([rng.normal(1, 0.1, 50), rng.normal(-1, 0.1, 50)])
    samples = [np.arange(50) if i < rounds else np.arange(50, 100) for i in range(5)]
    return marked, external, np.stack(samples)


@pytest.mark.parametrize("rounds", range(6))
def test_delta_q_rounds_suffice(rounds: int) -> None:
    result = paired_t(*significant(rounds))
    assert result.significant_rounds == rounds
    assert result.detected == (rounds >= 3)  # 0.6 of 5; c/Q > 0.6 would ask for 4


@pytest.mark.parametrize("delta", [0.2, 0.4, 0.6, 0.8, 1.0])
def test_every_share_is_reached_by_its_own_number_of_rounds(delta: float) -> None:
    rounds = round(delta * 5)
    assert paired_t(*significant(rounds), delta=delta).detected
    assert not paired_t(*significant(rounds - 1), delta=delta).detected


@pytest.mark.parametrize(("shift", "pvalue"), [(0.25, 0.0), (0.0, 1.0), (-0.25, 1.0)])
def test_equal_differences_are_decided_by_their_sign(shift: float, pvalue: float) -> None:
    external = np.full(10, 0.5)
    assert paired_t(external + shift, external, one_round(10)).pvalues.tolist() == [pvalue]


def test_differences_equal_but_for_rounding_raise_no_warning() -> None:
    external = np.linspace(0, 1, 20)
    result = paired_t(external + 0.1, external, one_round(20))
    assert result.pvalues[0] < 1e-6


def test_it_finds_marks_that_nobody_used() -> None:
    """Why it must not decide: pictures are sampled, but marks are what varies."""
    rng = np.random.default_rng(4)
    alarms = 0
    for trial in range(200):
        shifts = rng.normal(0, 0.5, 2)  # each unused mark moves the label by an amount of its own
        marked, external = rng.normal(shifts[:, None], 1, (2, 300))
        alarms += paired_t(
            marked, external, draw_samples(bytes([trial]) * 32, 300, 250, 5)
        ).detected
    assert alarms > 0.3 * 200  # at a level of 0.1


def test_samples_are_drawn_without_replacement_and_by_the_key() -> None:
    samples = draw_samples(bytes(32), 30, 20, 5)
    assert samples.shape == (5, 20)
    assert all(len(set(sample)) == 20 for sample in samples.tolist())
    assert (samples == draw_samples(bytes(32), 30, 20, 5)).all()
    assert (samples != draw_samples(bytes([1]) * 32, 30, 20, 5)).any()
    with pytest.raises(TooFewProbes, match="takes 20 probes, but 19 are left"):
        draw_samples(bytes(32), 19, 20, 5)
