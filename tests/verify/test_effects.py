from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isotopes.errors import FolderError, PlanError
from isotopes.stats.scores.statistic import log_odds
from isotopes.verify.power import effect_table
from isotopes.verify.power.effect_table import (
    EffectTable,
    Gain,
    MeasuredEffect,
    TrainingSetting,
    load_effects,
    measure_effect,
    measure_gain,
)

ROW = {
    "family": "gratings",
    "alpha": 0.4,
    "mark_fraction": 0.1,
    "pictures": 500,
    "label_count": 100,
    "gain": 2.5,
    "mark_noise": 1.5,
    "decoy_spread": 0.3,
    "decoy_noise": 1.2,
    "model": "sha256:ab",
}


def scores(seed: int, decoys: int, probes: int) -> np.ndarray:
    """A mark 2 above its decoys, which spread by 0.5; probes differ by 3, the rest by 1.5."""
    rng = np.random.default_rng(seed)
    of_mark = rng.normal(0, 0.5, (1 + decoys, 1))
    of_mark[0] = 2
    of_probe = rng.normal(0, 3, (1, probes))
    found: np.ndarray = of_mark + of_probe + rng.normal(0, 1.5, (1 + decoys, probes))
    return found


def test_what_a_gain_is_made_of_is_found_again() -> None:
    found = [measure_gain(scores(seed, 60, 40)) for seed in range(40)]
    assert np.mean([gain.gain for gain in found]) == pytest.approx(2, abs=0.1)
    assert np.mean([gain.decoy_spread for gain in found]) == pytest.approx(0.5, abs=0.03)
    assert np.mean([gain.decoy_noise for gain in found]) == pytest.approx(1.5, abs=0.02)
    assert np.mean([gain.mark_noise for gain in found]) == pytest.approx(1.5, abs=0.1)


def test_what_a_probe_does_to_all_marks_is_no_noise() -> None:
    plain = scores(0, 20, 30)
    shifted = plain + 100 * np.random.default_rng(1).normal(size=30)
    one, other = measure_gain(plain), measure_gain(shifted)
    assert other.gain == pytest.approx(one.gain)
    assert other.decoy_noise == pytest.approx(one.decoy_noise)
    assert other.decoy_spread == pytest.approx(one.decoy_spread)


def test_a_variance_below_zero_is_zero() -> None:
    rng = np.random.default_rng(2)
    found = [measure_gain(rng.normal(size=(21, 30))).decoy_spread for _ in range(20)]
    assert min(found) == 0


def test_too_little_for_a_gain() -> None:
    for shape in ((2, 9), (9, 1)):
        with pytest.raises(PlanError, match="at least 2 decoys and 2 probes, got"):
            measure_gain(np.zeros(shape))


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"command": "python -m bench.x", "rows": rows, "date": "today"}))
    return path


def test_a_table_is_read_and_written_row_by_row(tmp_path: Path) -> None:
    table = load_effects(write(tmp_path / "t.json", [ROW, {**ROW, "dataset": "a comment"}]))
    assert table.command == "python -m bench.x"
    first, second = table.rows
    assert (
        first
        == second
        == MeasuredEffect(
            TrainingSetting("gratings", 0.4, 0.1, 500, 100), Gain(2.5, 1.5, 0.3, 1.2), "sha256:ab"
        )
    )
    assert first.to_row() == ROW
    assert table.digest == EffectTable.of(table.rows, "another command").digest
    assert table.digest != EffectTable.of([first], "python -m bench.x").digest


def test_rows_of_a_family() -> None:
    other = MeasuredEffect.from_row({**ROW, "family": "dead_leaves"})
    table = EffectTable.of([MeasuredEffect.from_row(ROW), other], "x")
    assert table.of_family("dead_leaves") == (other,)
    with pytest.raises(PlanError, match="no effect of family 'dots' was measured") as caught:
        table.of_family("dots")
    assert "measured: dead_leaves, gratings" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "at least 1 row, got none"),
        ([{**ROW, "alpha": 1.5}], "alpha must be at most 1, got 1.5"),
        ([{**ROW, "pictures": 0}], "pictures must be above 0, got 0"),
        ([{**ROW, "gain": "much"}], "gain must be a finite number, got 'much'"),
        ([{**ROW, "decoy_noise": float("nan")}], "decoy_noise must be a finite number, got nan"),
        ([{name: ROW[name] for name in ROW if name != "model"}], "'model'"),
    ],
)
def test_what_is_no_table(tmp_path: Path, rows: list[dict[str, Any]], message: str) -> None:
    path = write(tmp_path / "t.json", rows)
    with pytest.raises(PlanError, match="holds no table of effects") as caught:
        load_effects(path)
    assert message in str(caught.value)


def test_files_that_are_not_there_or_no_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FolderError, match=r"there is no file .*nowhere.json"):
        load_effects(tmp_path / "nowhere.json")
    (tmp_path / "t.json").write_text("[1, 2")
    with pytest.raises(PlanError, match="holds no table of effects"):
        load_effects(tmp_path / "t.json")
    monkeypatch.setattr(effect_table, "INSTALLED", tmp_path / "none.json")
    with pytest.raises(FolderError, match="no table of measured effects comes with") as caught:
        load_effects(effect_table.INSTALLED)
    assert "python -m bench.calibration" in (caught.value.hint or "")


@pytest.mark.skipif(not effect_table.INSTALLED.exists(), reason="no table was measured yet")
def test_the_installed_table_is_the_measured_one() -> None:
    measured = Path(__file__).parents[2] / "docs" / "results" / "effects.json"
    assert effect_table.INSTALLED.read_bytes() == measured.read_bytes()
    assert len(load_effects().rows) > 1


def test_a_row_from_an_answer_tensor() -> None:
    rng = np.random.default_rng(3)
    answers = rng.dirichlet(np.ones(4), (1 + 30, 25))
    allowed = rng.random(25) < 0.8
    setting = TrainingSetting("gratings", 0.4, 0.1, 500, 4)
    found = measure_effect(setting, "sha256:ab", answers, 2, allowed)
    expected = measure_gain(log_odds(answers[:, allowed, 2]))
    assert found == MeasuredEffect(setting, expected, "sha256:ab")
    assert MeasuredEffect.from_row(json.loads(json.dumps(found.to_row()))) == found
