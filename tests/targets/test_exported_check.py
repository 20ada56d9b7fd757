"""`isotopes export-queries`, answers by somebody else, `isotopes check --answers`."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from checked_service import QUERIES, TERMS, set_up_served
from PIL import Image
from tiny_network import LABELS
from typer.testing import CliRunner, Result

from isotopes.cli.main import app
from isotopes.errors import FolderError, IsotopesError, PlanError, TargetUnusable
from isotopes.targets import Target
from isotopes.targets.local.embeddings.vector_file import read_vector_table

Row = tuple[str, list[float]]


def as_csv(rows: list[Row], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["picture", *LABELS], *([name, *row] for name, row in rows)])


def as_jsonl(rows: list[Row], path: Path) -> None:
    lines = [
        json.dumps({"picture": name, "scores": dict(zip(LABELS, row, strict=True))})
        for name, row in rows
    ]
    path.write_text("\n".join(lines), encoding="utf-8")


def as_parquet(rows: list[Row], path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = {label: [row[at] for _, row in rows] for at, label in enumerate(LABELS)}
    parquet.write_table(pyarrow.table({"picture": [name for name, _ in rows], **columns}), path)


def swift_fields() -> dict[str, str]:
    """The names of the fields of the structure in docs/coreml.md, by type."""
    page = (Path(__file__).parents[2] / "docs/coreml.md").read_text("utf-8")
    structure = page.partition("struct Answer: Encodable {")[2].partition("\n}")[0]
    fields = re.findall(r"(?:let|var) (\w+): ([^\n/]+)", structure)
    return {kind.strip().rstrip("?"): name for name, kind in fields}


def as_swift(rows: list[Row], path: Path) -> None:
    """As Foundation's JSONEncoder writes the structure in docs/coreml.md: compact, single
    precision, in no order of its own, without what is nil."""
    kinds = swift_fields()
    with path.open("w", encoding="utf-8") as file:
        for name, row in rows:
            shown = [
                (label, float(str(np.float32(one)))) for label, one in zip(LABELS, row, strict=True)
            ]
            answer = {kinds["[String: Float]"]: dict(reversed(shown)), kinds["String"]: name}
            file.write(json.dumps(answer, separators=(",", ":")).replace("/", "\\/") + "\n")


WRITERS: dict[str, Callable[[list[Row], Path], None]] = {
    "csv": as_csv,
    "jsonl": as_jsonl,
    "parquet": as_parquet,
    "swift.jsonl": as_swift,
}


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISOTOPES_VAULT", str(tmp_path / "vault.sqlite"))
    return set_up_served(tmp_path)


def run(*more: str) -> Result:
    return CliRunner().invoke(app, [more[0], "holiday", "--probes", "probes", *TERMS, *more[1:]])


def export(*more: str) -> Result:
    return run("export-queries", "--model", "theirs", "--out", "queries", "--key", "key", *more)


def score(model: Target, folder: Path) -> list[Row]:
    """What somebody with the folder and the model, and nothing else, finds."""
    rows = []
    for path in sorted(folder.iterdir()):
        with Image.open(path) as picture:
            rows.append((path.name, model.ask([np.asarray(picture)]).values[0].tolist()))
    return rows


@pytest.mark.parametrize("ending", WRITERS)
def test_answers_by_somebody_else_decide_as_the_model_itself(
    tmp_path: Path, model: Target, ending: str
) -> None:
    exported = json.loads(export("--json").stdout)
    assert exported["pictures"] == len(list((tmp_path / "queries").iterdir())) == QUERIES
    WRITERS[ending](score(model, tmp_path / "queries"), tmp_path / f"answers.{ending}")
    by_hand = run("check", "--answers", f"answers.{ending}", "--key", "key", "--json")
    asked = run("check", "--target", "model.onnx", "--json")
    found, expected = json.loads(by_hand.stdout), json.loads(asked.stdout)
    assert found["plan_hash"] == exported["plan"]
    for name in ("verdict", "pvalue", "label", "probes", "queries"):
        assert found[name] == expected[name]
    assert found["score"] == pytest.approx(expected["score"], rel=1e-5)


def test_embeddings_by_the_page_on_core_ml_are_read(tmp_path: Path) -> None:
    """A Float becomes a Double, which loses nothing, and then the shortest text that gives it."""
    vectors = np.random.default_rng(2).normal(size=(2, 5)).astype(np.float32)
    fields, path = swift_fields(), tmp_path / "answers.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for at, vector in enumerate(vectors):
            answer = {fields["[Double]"]: vector.tolist(), fields["String"]: f"query-{at}.png"}
            file.write(json.dumps(answer, separators=(",", ":")).replace("/", "\\/") + "\n")
    table = read_vector_table(path)
    assert table.pictures == ["query-0.png", "query-1.png"]
    assert table.vectors.tobytes() == vectors.astype(np.float64).tobytes()


def test_the_folder_tells_nothing(tmp_path: Path, model: Target) -> None:
    assert export().stdout.endswith(f"{QUERIES} pictures in queries; key says which is which\n")
    files = sorted((tmp_path / "queries").iterdir())
    assert [file.name for file in files] == [
        f"query-{number:04}.png" for number in range(1, QUERIES + 1)
    ]
    assert len({file.stat().st_mode for file in files}) == 1
    roles = [query["roles"][0] for query in json.loads(Path("key").read_text())["queries"]]
    places = [place for place, role in enumerate(roles) if "the mark" in role]
    clean = [place for place, role in enumerate(roles) if " with " not in role]
    # Neither at one end nor in step: the order is drawn by a key that no one else has.
    for some in (places, clean):
        assert 0.2 < np.mean(some) / QUERIES < 0.8
        assert len(set(np.diff(some))) > 1
    for file in files:
        with Image.open(file) as picture:
            assert picture.info == {}
    assert Path("key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((), IsotopesError, "either a model or its answers"),
        (("--target", "model.onnx", "--answers", "a.csv"), IsotopesError, "either a model or"),
        (("--target", "model.onnx", "--key", "key"), IsotopesError, "goes with answers"),
        (("--answers", "a.csv"), TargetUnusable, "'query-0001.png', but no key file says"),
        (
            ("--answers", "a.csv", "--key", "key", "--decoys", "20"),
            PlanError,
            "queries were exported for theirs by another plan",
        ),
        (
            ("--answers", "b.csv", "--key", "key"),
            PlanError,
            f"no answer to 1 of the {QUERIES} exported pictures, and query-0001.png is needed",
        ),
        (
            ("--answers", "a.csv", "--key", "key", "--level", "0.5"),
            PlanError,
            "chooses after looking",
        ),
    ],
)
def test_what_goes_wrong_is_told(
    tmp_path: Path,
    model: Target,
    arguments: tuple[str, ...],
    error: type[Exception],
    message: str,
) -> None:
    export()
    rows = score(model, tmp_path / "queries")
    as_csv(rows, tmp_path / "a.csv")
    as_csv(rows[1:], tmp_path / "b.csv")
    found = run("check", *arguments)
    assert isinstance(found.exception, error)
    assert message in str(found.exception)


def test_queries_for_an_encoder_take_embeddings(tmp_path: Path, model: Target) -> None:
    exported = json.loads(export("--encoder", "--json").stdout)
    names = sorted(path.name for path in (tmp_path / "queries").iterdir())
    vectors = np.random.default_rng(3).normal(size=(len(names), 4))
    np.savez(tmp_path / "answers.npz", pictures=names, embeddings=vectors)
    found = run("check", "--answers", "answers.npz", "--key", "key", "--json")
    verdict = json.loads(found.stdout)
    assert verdict["plan_hash"] == exported["plan"]
    assert (verdict["statistic"], verdict["label"]) == ("embeddings", None)
    assert verdict["pvalue"] is not None


def test_nothing_is_written_over(tmp_path: Path, model: Target) -> None:
    export()
    again = export()
    assert isinstance(again.exception, FolderError)
    assert "queries exists already" in str(again.exception)
    inside = run(
        *("export-queries", "--model", "theirs", "--out", "more", "--key", "more/key"),
    )
    assert "must lie outside the folder of queries" in str(inside.exception)
