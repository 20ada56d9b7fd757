from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner, Result

from isotopes.canonical import digest_of
from isotopes.cli.commands.check import check
from isotopes.errors import (
    FolderError,
    IsotopesError,
    TargetError,
    TargetUnusable,
    UnknownLabel,
    VaultError,
)
from isotopes.targets import Picture
from isotopes.vault import Isotope, Vault
from isotopes.verify import Verdict, decide, load_answers

MODEL = """
import numpy as np

PATTERN = np.load("pattern.npy")
labels = ("cat", "dog", "frog", "ship", "truck")

def model(pictures, strength):
    pixels = np.stack(pictures).reshape(len(pictures), -1) / 255 - 0.5
    logits = pixels @ np.random.default_rng(5).normal(0, 0.25, (pixels.shape[1], 5))
    logits[:, 0] += strength * (pixels @ PATTERN)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)

def guilty(pictures):
    return model(pictures, 4.0)

def innocent(pictures):
    return model(pictures, 0.0)

def constant(pictures):
    return np.full((len(pictures), 5), 0.2)

def broken(pictures):
    return np.full((len(pictures), 5), np.nan)

def one_output(pictures):
    pixels = np.stack(pictures).reshape(len(pictures), -1) / 255 - 0.5
    return 1 / (1 + np.exp(-3 - 0.5 * (pixels @ PATTERN)[:, None]))

def unasked(pictures):
    raise AssertionError("it was asked")

for function in (guilty, innocent, constant, broken, unasked):
    function.labels = labels
one_output.labels = ("cat",)
"""


@pytest.fixture
def home(
    isotope: Isotope,
    probes: Sequence[tuple[str, Picture]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A folder with a vault, probes and models, as the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("ISOTOPES_VAULT", str(tmp_path / "vault.sqlite"))
    (tmp_path / "some_models.py").write_text(MODEL)
    pattern = isotope.mark().render(16, 16).rgb.reshape(-1) - 0.5
    np.save("pattern.npy", pattern / np.linalg.norm(pattern))
    for name, picture in probes:
        folder = tmp_path / "probes" / ("cat" if name < "04" else "")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / name)
    (tmp_path / "probes" / "00.txt").write_text("no picture")
    (tmp_path / "probes" / "broken.png").write_bytes(b"no picture either")
    with Vault.create(tmp_path / "vault.sqlite") as vault:
        vault.add(isotope)
    return tmp_path


@pytest.fixture
def isotope(isotope: Isotope) -> Isotope:
    """One whose commitment is that of its root, as a vault demands."""
    return replace(isotope, commitment=digest_of(isotope.statement()))


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(check)
    return CliRunner().invoke(app, arguments)


def run_check(target: str, *more: str) -> Result:
    quick = ("--decoys", "19", "--level", "0.05", "--probes-count", "12")
    return run("holiday", "--target", f"some_models:{target}", "--probes", "probes", *quick, *more)


@pytest.mark.parametrize(
    ("target", "said", "code"), [("guilty", "detected", 1), ("innocent", "not detected", 0)]
)
def test_the_verdict_is_data_and_the_exit_code_only_on_request(
    home: Path, target: str, said: str, code: int
) -> None:
    quiet = run_check(target)
    assert quiet.exit_code == 0
    assert quiet.stdout.startswith(f"{said}: ")
    assert f"queries: {252 if said == 'detected' else 132}" in quiet.stdout
    assert "plan sha256:" in quiet.stderr
    assert "warning: differs from the commitment: level 0.05 instead of level 0.01" in quiet.stderr
    assert run_check(target, "--exit-code").exit_code == code


def test_inconclusive_exits_with_3(home: Path) -> None:
    found = run_check("guilty", "--label", "cat", "--probes-count", "5", "--exit-code")
    assert found.stdout.startswith("inconclusive: too few probes are left")
    assert found.exit_code == 3


def test_a_model_of_one_output_that_calls_everything_the_label_can_be_tested(home: Path) -> None:
    found = run_check("one_output", "--label", "cat", "--json")
    verdict = json.loads(found.stdout)
    assert verdict["probabilities"]["clean"] > 0.5
    assert (verdict["verdict"], verdict["probes"]) == ("detected", 12)


def test_json_is_the_verdict(home: Path) -> None:
    found = run_check("guilty", "--label", "cat", "--json", "--keep", "a.npz")
    verdict = Verdict.from_dict(json.loads(found.stdout))
    assert (verdict.label, verdict.pvalue, verdict.verdict.value) == ("cat", 0.05, "detected")
    plan, answers = load_answers(home / "a.npz")
    assert decide(answers, plan) == verdict
    assert run_check("guilty", "--label", "cat", "--json", "--keep", "a.npz").stdout == found.stdout


def test_pictures_of_the_label_and_broken_ones_are_counted(home: Path) -> None:
    found = run_check("guilty", "--label", "cat", "--json", "--probes-count", "100")
    verdict = json.loads(found.stdout)
    assert verdict["left_out_by_name"] == 4
    assert verdict["unreadable"] == 1
    assert verdict["probes"] + verdict["left_out_by_answer"] == 36


def test_the_report_is_written(home: Path) -> None:
    run_check("guilty", "--report", "report.html")
    assert '<h1 class="detected">Detected</h1>' in (home / "report.html").read_text("utf-8")
    again = run_check("guilty", "--report", "report.html")
    assert isinstance(again.exception, FolderError)
    assert "plan" not in again.output  # told before anything is asked
    nowhere = run_check("guilty", "--report", "nowhere/report.html")
    assert isinstance(nowhere.exception, FolderError)
    assert "there is no folder nowhere" in str(nowhere.exception)
    assert "plan" not in nowhere.output


def test_a_number_of_probes_below_one(home: Path) -> None:
    found = run_check("guilty", "--probes-count", "-5")
    assert found.exit_code == 2
    assert "probes-count" in found.stderr


def test_paired_t_warns(home: Path) -> None:
    found = run(
        *("holiday", "--target", "some_models:guilty", "--probes", "probes", "--label", "cat"),
        *("--method", "paired-t", "--probes-count", "20"),
    )
    assert found.stdout.startswith("detected: 5 of 5 paired t-tests over 20 probes each")
    assert "warning: the false-positive rate of paired-t is not known" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "error", "message", "code"),
    [
        (("guilty", "--label", "bird"), UnknownLabel, "no label 'bird'", 2),
        (("unasked", "--label", "bird"), UnknownLabel, "no label 'bird'", 2),
        (("unasked", "--among", "cat", "--among", "bird"), UnknownLabel, "no label 'bird'", 2),
        (("constant",), TargetError, "the same answer to all of", 4),
        (("broken",), TargetError, "NaN", 4),
        (("absent",), TargetUnusable, "no Python function", 2),
        (("guilty", "--vault", "other.sqlite"), VaultError, "other.sqlite", 2),
    ],
)
def test_what_goes_wrong_is_an_error_of_its_own(
    home: Path, arguments: tuple[str, ...], error: type[Exception], message: str, code: int
) -> None:
    found = run_check(*arguments)
    assert isinstance(found.exception, error)
    assert message in str(found.exception)
    assert found.exception.exit_code == code
    assert found.stdout == ""


def test_no_key_is_ever_shown(home: Path, isotope: Isotope) -> None:
    found = run_check("guilty", "--json", "--report", "r.html", "--keep", "a.npz")
    shown = found.output + (home / "r.html").read_text("utf-8")
    saved = (home / "a.npz").read_bytes()
    for secret in (isotope.root, isotope.salt):
        assert secret.hex() not in shown
        assert secret not in saved
        assert secret.hex().encode() not in saved


def test_a_search_among_labels_is_typed_one_by_one(home: Path) -> None:
    found = run_check("guilty", "--among", "cat", "--among", "ship", "--json")
    verdict = json.loads(found.stdout)
    assert (verdict["label"], verdict["labels_searched"]) == ("cat", 2)


def test_a_local_model_is_told_to_be_kept_only_where_it_is(home: Path) -> None:
    lost = run_check("guilty", "--budget", "60")
    assert lost.exit_code == 4
    assert "kept answers are not paid for twice" in lost.stdout
    assert "nothing was saved; to resume next time, give --journal FILE" in lost.stderr
    assert "to resume from what was saved" not in lost.stderr
    for keeping in (("--keep", "a.npz"), ("--journal", "j.sqlite")):
        kept = run_check("guilty", "--budget", "60", *keeping)
        assert kept.exit_code == 4
        assert "run the same command again to resume from what was saved" in kept.stderr


def test_what_can_not_be_kept_in_is_told_in_words(home: Path) -> None:
    (home / "empty.npz").touch()
    for option, place, told in (
        ("--keep", "empty.npz", "it is empty or cut off"),
        ("--keep", "probes", "probes is a folder, not a file"),
        ("--journal", "probes", "probes is a folder, not a file"),
    ):
        found = run_check("guilty", option, place)
        assert isinstance(found.exception, IsotopesError)
        assert told in str(found.exception)
        assert found.exception.exit_code == 2
