"""Methods at one visibility: how near what they publish is, and which there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiny_lab import make_tiny_lab

from isotopes.lab.experiments.leaderboard import Leaderboard
from isotopes.lab.experiments.leaderboard_faint import AS_THEY_ARE, FaintLeaderboard
from isotopes.lab.methods import Owner, audit_methods, get_audit_method
from isotopes.lab.methods.faint.fading import PSNR, faded
from isotopes.lab.models.mark_spec import key_of

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(40, 216, (6, 32, 32, 3), dtype=np.uint8)


def decibels(pixels: np.ndarray, changed: np.ndarray) -> float:
    error = np.square(changed.astype(float) - pixels).mean()
    return float(10 * np.log10(255**2 / error))


@settings(max_examples=20, deadline=None)
@given(size=st.integers(1, 120), psnr=st.floats(22, 34))
@example(size=19, psnr=33.0)  # most changes are rounded back to what they were
def test_a_change_is_faded_to_the_psnr_unless_it_is_nearer(size: int, psnr: float) -> None:
    noise = np.random.default_rng(size).integers(-size, size + 1, PIXELS.shape)
    changed = np.clip(PIXELS + noise, 0, 255).astype(np.uint8)
    found = faded(PIXELS, changed, psnr)
    if decibels(PIXELS, changed) >= psnr:
        assert np.array_equal(found, changed)
    else:
        rounding = 0.5 * 10 ** (psnr / 20) / 255  # at most, as a part of the change that is left
        reach = -20 * np.log10(1 - rounding)
        assert decibels(PIXELS, found) == pytest.approx(psnr, abs=reach)
        turned = (found.astype(int) - PIXELS) * (changed.astype(int) - PIXELS)
        assert turned.min() >= 0
    assert np.array_equal(faded(PIXELS, PIXELS, psnr), PIXELS)


@pytest.mark.parametrize(
    "name", ["isotopes, own pictures, 28 dB", "MembershipTracker, 28 dB", "backdoor, 28 dB"]
)
def test_what_is_published_is_at_28_db(name: str) -> None:
    owner = Owner(1, key_of("faint"), PIXELS, np.arange(len(PIXELS)))
    changed, _ = get_audit_method(name).publish(owner, 6, pytest.fail)
    assert decibels(PIXELS, changed) == pytest.approx(PSNR, abs=0.4)


def test_the_faint_leaderboard_holds_no_method_that_changes_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tiny_lab(tmp_path, monkeypatch)
    faint = {trial.method for trial in FaintLeaderboard().trials("desk")}
    loud = {trial.method for trial in Leaderboard().trials("desk")}
    assert faint | loud == set(audit_methods())
    assert faint & loud == set(AS_THEY_ARE)
    assert {name for name, method in audit_methods().items() if method.faint} == faint - loud
