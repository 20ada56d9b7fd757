"""The main job, end to end, on real pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from bench.record import RESULTS
from command_line import isotopes
from every_verdict import check_verdict
from threadpoolctl import threadpool_limits

from isotopes.errors import FolderError
from isotopes.targets import open_target
from isotopes.workflows.demo import DemoResult, Digits, OwnImageSet, run_demo
from isotopes.workflows.demo.perceptron import read_pictures, train_perceptron, write_onnx

CIFAR = Path(__file__).parents[3] / "shared" / "data" / "cifar100"
LEFT = {"guilty.onnx", "innocent.onnx", "guilty.html", "innocent.html", "guilty.svg"}
LEFT |= {"pictures.png", "result.json", "vault.sqlite", "photos", "marked", "probes"}


def test_the_demo_leaves_what_it_promises_and_check_says_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whether the verdicts are right in 19 seeds of 20 is for bench/demo.py.
    monkeypatch.chdir(tmp_path)
    done = isotopes("demo", "--seed", "3", "--json")
    assert done.code == 0, done.err
    out = tmp_path / "demo"
    assert {path.name for path in out.iterdir()} >= LEFT
    told = json.loads((out / "result.json").read_text())
    assert told == json.loads(done.out)
    assert "an innocent model" not in done.err  # on a terminal the verdicts would be there twice
    monkeypatch.chdir(out)
    for model in ("guilty", "innocent"):
        again = isotopes(
            *("check", "demo", "--vault", "vault.sqlite", "--target", f"{model}.onnx"),
            *("--probes", "probes", "--not-mine", "--json"),
        )
        assert again.code == 0, again.err
        found = json.loads(again.out)
        assert {key: found[key] for key in ("verdict", "pvalue", "label", "queries")} == {
            key: told[model][key] for key in ("verdict", "pvalue", "label", "queries")
        }
    assert told["guilty"]["pvalue"] < told["innocent"]["pvalue"]


def test_the_committed_session_ends_as_the_demo_does() -> None:
    """docs/results/demo.txt, which the README shows, has each verdict once and all last lines."""
    session = (RESULTS / "demo.txt").read_text(encoding="utf-8").splitlines()
    ending = DemoResult("0", check_verdict("x"), check_verdict("x", 99), {}).in_words(Path("demo"))
    begins = [line.partition(":")[0] for line in ending]
    assert [line.partition(":")[0] for line in session[-len(ending) :]] == begins
    assert session[-1] == ending[-1]
    assert sum("an innocent model would look this guilty" in line for line in session) == 2


def test_the_demo_never_writes_into_a_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FolderError, match="new or empty folder"):
        run_demo(tmp_path, Digits())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_exported_perceptron_answers_as_the_trained_one(tmp_path: Path) -> None:
    person = Digits().write(tmp_path / "photos", tmp_path / "probes", seed=4)
    assert person == "4"
    held_out = read_pictures(sorted((tmp_path / "probes").iterdir()))
    trained = train_perceptron(held_out, seed=0)
    write_onnx(trained, tmp_path / "model.onnx")
    target = open_target(str(tmp_path / "model.onnx"))
    from isotopes.photos import read_folder

    pictures = [picture for _, picture in read_folder(tmp_path / "probes")]
    expected = trained.predict_proba(held_out.inputs.reshape(len(held_out.inputs), -1))
    np.testing.assert_allclose(target.ask(pictures).values, expected, atol=1e-5)


def test_own_pictures_are_written_byte_for_byte_and_probes_are_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name in ("stop", "go"):
        folder = tmp_path / "set" / name
        folder.mkdir(parents=True)
        for number in range(10):
            (folder / f"{number}.png").write_bytes(rng.bytes(20))
    person = OwnImageSet(tmp_path / "set").write(tmp_path / "photos", tmp_path / "probes", seed=0)
    assert person in {"stop", "go"}
    written = {
        root: {path.read_bytes() for path in (tmp_path / root).rglob("*.png")}
        for root in ("photos", "probes", "set")
    }
    assert written["photos"] | written["probes"] == written["set"]
    assert len(written["photos"]) == 16
    assert not written["photos"] & written["probes"]


def test_an_image_set_of_one_label_is_refused(tmp_path: Path) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "1.png").write_bytes(b"")
    with pytest.raises(FolderError, match="pictures of one"):
        OwnImageSet(tmp_path)


@pytest.mark.data
@pytest.mark.skipif(not CIFAR.is_dir(), reason="no CIFAR-100 beside the project")
def test_the_demo_on_real_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isotopes.workflows.demo.own_pictures.LABELS", 4)
    result = run_demo(tmp_path / "demo", OwnImageSet(CIFAR), seed=1000)
    assert result.guilty.pvalue is not None and result.innocent.pvalue is not None
    assert result.guilty.pvalue < 0.05
    assert min(result.accuracies.values()) > 0.5


def test_the_network_does_not_depend_on_how_many_threads_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isotopes.workflows.demo.perceptron.EPOCHS", 8)
    Digits().write(tmp_path / "photos", tmp_path / "probes", seed=0)
    pictures = read_pictures(sorted((tmp_path / "photos").iterdir()))
    networks = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            networks.append(train_perceptron(pictures, seed=0))
    for one, other in zip(*(network.coefs_ for network in networks), strict=True):
        np.testing.assert_array_equal(one, other)
