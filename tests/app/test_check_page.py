"""Checks in the application, asked without a browser."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from eventually import eventually
from PIL import Image

from isotopes.app.jobs import BackgroundJob
from isotopes.app.pages import check, mark
from isotopes.app.server import new_state
from isotopes.app.state import App
from isotopes.verify import load_answers

SLOW = """
import time
import numpy as np

def model(pictures):
    time.sleep(0.01 * len(pictures))
    sums = np.array([picture.mean(axis=(0, 1)) for picture in pictures])
    scores = np.exp(sums / 64)
    return scores / scores.sum(axis=1, keepdims=True)
"""


@pytest.fixture
def app(home: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    (home / "slow_model.py").write_text(SLOW)
    monkeypatch.syspath_prepend(str(home))
    monkeypatch.delitem(sys.modules, "slow_model", raising=False)
    state = new_state(str(home / "vault.sqlite"), home / "data", home)
    state.unlock("four unusual words together")
    return state


def wait(job: BackgroundJob, until: str, seconds: float = 90) -> None:
    eventually(lambda: job.over or job.state == until, seconds, f"{until!r}")
    assert job.state == until, job.error


def test_a_stopped_check_goes_on_from_its_answers(app: App, home: Path) -> None:
    marking = mark.resume(app, {"folder": str(home / "Holiday"), "strength": "plain"})
    wait(marking, "done")
    given = {"isotope": "Holiday", "target": "slow_model:model", "about": "others"}
    given["disguise"] = "yes"  # asked in the same way after the stop
    given["probes"] = str(home / "Others")
    rng = np.random.default_rng(5)
    for number in range(20):  # so many that a stage takes several batches
        picture = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
        Image.fromarray(picture).save(home / "Others" / f"more {number}.png")
    first = check.resume(app, given)
    eventually(lambda: first.over or (first.scores and first.scores.decoys), what="a decoy's score")
    assert not first.over, first.error
    first.stop()
    wait(first, "stopped")
    (kept,) = (home / "data" / "answers").iterdir()
    plan, before = load_answers(kept)
    assert plan.disguised
    assert before.queries > 0
    second = check.resume(app, first.request)
    wait(second, "done")
    _, after = load_answers(home / "data" / "verdicts" / f"{second.id}.npz")
    both = before.asked & after.asked
    assert both.sum() == before.queries < after.queries
    assert (before.values[both] == after.values[both]).all()
    assert list((home / "data" / "answers").iterdir()) == []


def test_a_form_can_not_name_the_file_of_answers(app: App, home: Path) -> None:
    given = {"answers": "../../vault"}
    path = check._answers_path(app, given)
    assert path.parent == home / "data" / "answers"
    assert given["answers"] == path.stem != "vault"
