"""`isotopes audit` with own pictures."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from command_line import Done, isotopes
from PIL import Image
from same_process import SameProcess

from isotopes.vault import Vault
from isotopes.verify.verdicts.combined import CombinedVerdict
from isotopes.workflows.marking import MarkRequest, mark_into_vault, survey

SIDE = 16
MODEL = """
import numpy as np

def innocent(pictures):
    pixels = np.stack(pictures).reshape(len(pictures), -1) / 255 - 0.5
    logits = pixels @ np.random.default_rng(5).normal(0, 0.25, (pixels.shape[1], 3))
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)

innocent.labels = ("cat", "dog", "frog")
"""
Run = Callable[..., Done]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    (tmp_path / "some_model.py").write_text(MODEL)
    with Vault.create(tmp_path / "vault.sqlite") as vault:
        for person in ("Ada", "Ben"):
            folder = tmp_path / person
            folder.mkdir()
            for number in range(6):
                coarse = rng.integers(60, 196, (SIDE // 4, SIDE // 4, 3), dtype=np.uint8)
                photo = coarse.repeat(4, axis=0).repeat(4, axis=1)
                Image.fromarray(photo).save(folder / f"{number}.png")
            request = MarkRequest(folder, tmp_path / f"{person}-marked", person)
            mark_into_vault(request, vault, survey(request, SameProcess()), SameProcess())
    return tmp_path


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*words: str) -> Done:
        monkeypatch.chdir(home)
        monkeypatch.syspath_prepend(home)
        monkeypatch.delitem(sys.modules, "some_model", raising=False)  # another test's
        asked = ("--target", "some_model:innocent", "--vault", "vault.sqlite")
        return isotopes("audit", *words, *asked)

    return run


def test_every_isotope_with_its_own_pictures(run: Run, home: Path) -> None:
    found = run("--all", "--disguise", "--json", "--keep", "kept", "--report", "report.html")
    assert found.code == 0, found.err
    verdict = CombinedVerdict.from_dict(json.loads(found.out))
    assert [check.isotope for check in verdict.checks] == ["Ada", "Ben"]
    assert verdict.level == 0.05
    assert len(list((home / "kept").glob("*.npz"))) == 2
    assert "Ada" in (home / "report.html").read_text("utf-8")
    assert found.err.count("plan sha256:") == 2
    assert all(one.warnings[0].kind == "queries-disguised" for one in verdict.checks)


def test_pictures_that_moved_are_found_in_a_named_folder_and_missed_without(
    run: Run, home: Path
) -> None:
    (home / "elsewhere").mkdir()
    for person in ("Ada", "Ben"):
        for path in (home / person).iterdir():
            path.rename(home / "elsewhere" / f"{person}-{path.name}")
    lost = run("--all")
    assert lost.code == 2
    assert "error: an audit needs pictures to ask the model about, got none" in lost.err
    assert "--mine FOLDER" in lost.err
    found = run("--all", "--mine", "elsewhere")
    assert found.code == 0, found.err
    assert "Ada" in found.out
    assert "Ben" in found.out


def test_the_others_are_asked_where_one_moved(run: Run, home: Path) -> None:
    (home / "Ada").rename(home / "gone")
    found = run("--all")
    assert "left out, as their pictures are not where they were marked: Ada" in found.err
    assert "takes at least 2 isotopes, got 1" in found.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--mine", "Ada", "--probes", "Ben"), "got --probes and --mine"),
        (("--probes-count", "20"), "--probes-count belongs to an audit with other people's"),
        (("--statistic", "probability"), "--statistic belongs to an audit with other people's"),
        (("--level", "0.2"), "--level belongs to an audit with other people's pictures"),
    ],
)
def test_options_of_the_other_kind_are_refused(
    run: Run, words: tuple[str, ...], message: str
) -> None:
    found = run("--all", *words)
    assert found.code == 2
    assert message in found.err
    assert found.out == ""
