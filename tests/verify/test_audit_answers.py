"""The folder of an audit's answers: what no target gives is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from audit_plans import audit_plan

from isotopes.errors import FolderError
from isotopes.verify import Answers
from isotopes.verify.evidence.audit_answers import ABOUT, ASKED, VALUES, load_audit, save_audit

MARKS, PROBES, LABELS = 5, 4, ("cat", "dog")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two isotopes, three decoys."""
    plan = audit_plan(("one", "two"), PROBES, claimed=("cat", None))
    values = np.random.default_rng(0).dirichlet(np.ones(2), (1 + MARKS, PROBES))
    asked = np.ones((1 + MARKS, PROBES), np.bool_)
    save_audit(tmp_path / "kept", plan, Answers(LABELS, values, asked))
    return tmp_path / "kept"


def test_what_is_kept_comes_back_and_is_private(folder: Path) -> None:
    plan, answers = load_audit(folder)
    assert (plan.marks, answers.labels, answers.queries) == (MARKS, LABELS, 24)
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"seed": "zz" * 32}, "a plan's seed must be 64 hexadecimal digits"),
        ({"seed": ""}, "a plan's seed must be 64 hexadecimal digits"),
        ({"alpha": 9}, "alpha must be above 0 and at most 1"),
        ({"alpha": "0.4"}, "alpha: expected `float`"),
        ({"level": 5}, "level must be above 0 and below 1"),
        ({"decoys": True}, "decoys: expected `int`"),
        ({"decoys": -1}, "decoys: expected `int` >= 0"),
        ({"probes": []}, "2 to 0 probes"),
        ({"probes": ["sha256:" + "0" * 64] * PROBES}, "the same picture twice"),
        ({"probes": ["nothing"] * PROBES}, "probes.*expected"),
        ({"claimed": ["cat"]}, "a commitment, a label or None"),
        ({"beacons": [None]}, "a commitment, a label or None"),
        ({"isotopes": ["one"]}, "a commitment, a label or None"),
        ({"query_order": "mark first"}, "a plan's query_order must be"),
        ({"statistic": "vibes"}, "vibes"),
        ({"rounds": 0}, "at least 1 round"),
        ({"more": 1}, "more is not one of its fields"),
    ],
)
def test_plans_that_can_not_be(plan: dict[str, Any], said: str, folder: Path) -> None:
    about = json.loads((folder / ABOUT).read_bytes())
    (folder / ABOUT).write_text(json.dumps({**about, "plan": about["plan"] | plan}))
    with pytest.raises(FolderError, match="can't be read as the answers of an audit: ") as error:
        load_audit(folder)
    assert re.search(said, str(error.value)), error.value


def test_answers_that_no_target_gives(folder: Path) -> None:
    for file, array, said in (
        (VALUES, np.full((1 + MARKS, PROBES, 2), 1.5), "probabilities in"),
        (VALUES, np.full((1 + MARKS, PROBES, 2), np.nan), "a score for each label, got NaN"),
        (VALUES, np.zeros((1 + MARKS, PROBES, 3)), "can't have shape"),
        (VALUES, np.zeros((1 + MARKS, PROBES, 2), np.float32), "must be float64"),
        (ASKED, np.zeros((1 + MARKS, PROBES), np.bool_), "queries that were not asked"),
        (ASKED, np.ones((2, 2), np.bool_), "the plan has 5 marks"),
        (ASKED, np.ones((1 + MARKS, PROBES)), "by booleans"),
    ):
        kept = (folder / file).read_bytes()
        np.save(folder / file, array)
        with pytest.raises(FolderError, match=said):
            load_audit(folder)
        (folder / file).write_bytes(kept)


@pytest.mark.parametrize("file", [ABOUT, VALUES, ASKED])
@pytest.mark.parametrize("data", [None, b"", b"\x93NUMPY", b"{", b"PK\x03\x04", bytes(100)])
def test_files_that_are_missing_or_something_else(
    file: str, data: bytes | None, folder: Path
) -> None:
    (folder / file).unlink()
    if data is not None:
        (folder / file).write_bytes(data)
    with pytest.raises(FolderError, match="there is no file|can't be read as the answers"):
        load_audit(folder)
