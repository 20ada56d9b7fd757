from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from command_line import Done, isotopes
from PIL import Image

from isotopes.canonical import digest_of
from isotopes.cli.options.audits import AuditOptions
from isotopes.cli.options.engines import EngineOptions
from isotopes.marks import get_family
from isotopes.vault import Isotope, Vault, new_isotope
from isotopes.verify.evidence.audit_answers import load_audit
from isotopes.verify.methods.terms import committed_terms
from isotopes.verify.verdicts.audit import AuditVerdict, decide_audit

SIDE = 16
LABELS = ("cat", "dog", "frog", "ship")
MODEL = """
import numpy as np

PATTERNS = np.load("patterns.npy")
labels = ("cat", "dog", "frog", "ship")

def guilty(pictures):
    pixels = np.stack(pictures).reshape(len(pictures), -1) / 255 - 0.5
    logits = pixels @ np.random.default_rng(5).normal(0, 0.25, (pixels.shape[1], 4))
    logits[:, :2] += 4 * (pixels @ PATTERNS)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)

guilty.labels = labels
"""
Run = Callable[..., Done]


def make(name: str, number: int, family: str = "gratings") -> Isotope:
    label = LABELS[number]
    made = new_isotope(name, get_family(family), 0.4, label=label, plan=committed_terms())
    made = replace(made, root=bytes([number + 1]) * 32)
    return replace(made, commitment=digest_of(made.statement()))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A vault with marks that a model learned, marks that it did not, and one of another family."""
    people = [make(f"person {number}", number) for number in range(4)]
    patterns = [one.mark().render(SIDE, SIDE).rgb.reshape(-1) - 0.5 for one in people[:2]]
    np.save(tmp_path / "patterns.npy", np.stack([p / np.linalg.norm(p) for p in patterns], 1))
    (tmp_path / "some_model.py").write_text(MODEL)
    (tmp_path / "probes").mkdir()
    rng = np.random.default_rng(11)
    for number in range(24):
        coarse = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        picture = coarse.repeat(4, axis=0).repeat(4, axis=1)
        Image.fromarray(picture).save(tmp_path / "probes" / f"{number:02}.png")
    with Vault.create(tmp_path / "vault.sqlite") as vault:
        for one in (*people, make("other", 3, "random_pixels")):
            vault.add(one)
    return tmp_path


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(*words: str) -> Done:
        monkeypatch.chdir(home)
        monkeypatch.syspath_prepend(home)
        monkeypatch.delitem(sys.modules, "some_model", raising=False)  # another test's
        asked = ("--target", "some_model:guilty", "--decoys", "110", "--probes-count", "20")
        return isotopes("audit", *words, "--probes", "probes", *asked, "--vault", "vault.sqlite")

    return run


def test_all_marks_of_a_family_with_page_and_json(run: Run, home: Path) -> None:
    kept = ("--all", "--family", "gratings", "--keep", "kept")
    found = run(*kept, "--report", "report.html")
    assert found.code == 0, found.err
    assert "of 4 marks are attributed to a label" in found.out
    assert "person 1" in found.out
    assert "V_D, as published:" in found.out
    assert "plan sha256:" in found.err
    assert "Mark by mark" in (home / "report.html").read_text("utf-8")
    again = run(*kept, "--json", "--report", "matrix.png")
    verdict = AuditVerdict.from_dict(json.loads(again.out))
    assert json.loads(again.out)["verdict"] == "detected"
    assert verdict.found is not None
    assert verdict.found.attribution.attributed[:2].all()
    assert (home / "matrix.png").read_bytes().startswith(b"\x89PNG")
    plan, answers = load_audit(home / "kept")
    assert decide_audit(answers, plan).to_dict() == verdict.to_dict()
    root = make("person 0", 0).root
    for file in (home / "kept").iterdir():
        assert root.hex().encode() not in file.read_bytes()


def test_what_goes_wrong_is_said_in_words(run: Run, home: Path) -> None:
    mixed = run("--all")
    assert mixed.code == 2
    assert "error: the marks of an audit must be drawn by one rule, got 2" in mixed.err
    assert "hint: audit them apart: with --family and --alpha" in mixed.err
    neither = run()
    assert "hint: name some, or give --all" in neither.err
    named = run("person 0", "person 1", "--report", "report.txt")
    assert named.code == 2
    assert "must end in .html, .pdf or .png" in named.err
    assert named.out == ""


@pytest.mark.parametrize(
    ("sweep", "keep", "engine", "message"),
    [
        (True, None, "local", "--sweep needs --probes and --keep"),
        (False, None, "ray", "--engine, --address and --workers are for --sweep"),
        (True, Path("kept"), "ray", None),
        (False, None, "local", None),
    ],
)
def test_what_a_sweep_needs_and_what_needs_a_sweep(
    sweep: bool, keep: Path | None, engine: str, message: str | None
) -> None:
    options = AuditOptions(sweep=sweep)
    with nullcontext() if message is None else pytest.raises(typer.BadParameter, match=message):
        options.check_sweep(Path("probes"), keep, None, EngineOptions(engine_name=engine))
