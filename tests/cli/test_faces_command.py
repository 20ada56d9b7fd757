"""`isotopes faces` on real faces, by this machine's own engine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import command_line
import pyarrow.parquet as pq
import pytest
from command_line import Done

pytest.importorskip("dlib")
pytest.importorskip("faiss")

FACES = Path(__file__).parents[3] / "shared" / "data" / "faces"
ENROLLED, NEW = 12, 2
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FACES.is_dir(), reason="no faces beside the project"),
]


def isotopes(folder: Path, *words: str) -> Done:
    with chdir(folder):
        return command_line.isotopes(
            *words,
            ISOTOPES_VAULT=str(folder / "vault.db"),
            FACEPP_API_KEY="any",
            FACEPP_API_SECRET="any",
        )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person's photos, marked; the marked ones and other people's are enrolled."""
    folder = tmp_path_factory.mktemp("faces")
    table = pq.read_table(FACES / "train-00000-of-00001.parquet").slice(0, 62 * 12).to_pylist()
    mine = [row["image"]["bytes"] for row in table if row["label"] == 14]
    others = [row["image"]["bytes"] for row in table if row["label"] != 14][:ENROLLED]
    for name, pictures in (
        ("posted", mine[:6]),
        ("new", mine[6 : 6 + NEW]),
        ("crowd", others),
    ):
        (folder / name).mkdir()
        for place, data in enumerate(pictures):
            (folder / name / f"{name}-{place:02}.jpg").write_bytes(data)
    (folder / "ours.txt").write_text("".join(f"posted-{place:02}.jpg\n" for place in range(6)))
    marked = isotopes(
        folder, "mark", "posted", "--out", "marked", "--name", "me", "--share", "1",
        "--alpha", "0.2",  # with 0.4 a key may be drawn whose mark hides all faces from dlib
        "--no-passphrase",
    )  # fmt: skip
    assert marked.code == 0, marked.err
    for pictures in ("marked", "crowd"):
        found = isotopes(folder, "faces", "enrol", pictures, "--engine", "dlib:faces.npz")
        assert found.code == 0, found.err
    return folder


def test_a_search_shows_the_enrolled_picture_first(home: Path) -> None:
    found = isotopes(
        home, "faces", "search", "crowd/crowd-00.jpg", "--engine", "dlib:faces.npz", "--json"
    )
    first = json.loads(found.out)[0]
    assert (first["id"], first["rank"]) == ("crowd-00.jpg", 1)
    assert first["similarity"] == pytest.approx(1.0)


def test_a_check_tells_an_exact_pvalue(home: Path) -> None:
    found = isotopes(
        home, "faces", "check", "me", "--engine", "dlib:faces.npz", "--queries", "new",
        "--ours", "ours.txt", "--level", "0.1", "--decoys", "9", "--json",
    )  # fmt: skip
    assert found.code == 0, found.err
    result = json.loads(found.out)
    assert result["format"] == "isotopes-face-verdict/2"
    assert f"plan {result['plan_hash']}" in found.err
    test = result["found"]
    assert test["pvalue"] * 10 == pytest.approx(round(test["pvalue"] * 10))
    assert len(test["null_distribution"]) == 9


def test_what_was_mistyped_is_told(home: Path) -> None:
    found = isotopes(home, "faces", "search", "crowd/crowd-00.jpg", "--engine", "dlip:faces.npz")
    assert found.code == 2
    assert "no face-search engine is called" in found.err
    assert "did you mean dlib:...?" in found.err
    assert "Traceback" not in found.err


def test_files_that_are_not_there_are_told(home: Path) -> None:
    search = isotopes(home, "faces", "search", "crowd/crowd-00.jpg", "--engine", "dlib:none.npz")
    check = isotopes(
        home, "faces", "check", "me", "--engine", "dlib:none.npz", "--queries", "new",
        "--ours", "ours.txt",
    )  # fmt: skip
    for found in (search, check):
        assert (found.code, found.out) == (2, "")
        assert "error: there is no file none.npz\nhint: `isotopes faces enrol`" in found.err
    photo = isotopes(home, "faces", "search", "nope.jpg", "--engine", "dlib:faces.npz")
    assert (photo.code, photo.err) == (2, "error: there is no file nope.jpg\n")


def test_a_fake_service_is_started_by_hand_and_searched(home: Path) -> None:
    command = [sys.executable, "-m", "isotopes", "fake", "facepp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as it:
        assert it.stdout is not None
        engine = f"facepp:mine@{it.stdout.readline().strip()}facepp/v3"
        for command in (("enrol", "new"), ("search", "new/new-00.jpg")):
            unasked = isotopes(home, "faces", *command, "--engine", engine)
            assert (unasked.code, unasked.out) == (2, "")
            assert "hint: give --yes" in unasked.err
        enrolled = isotopes(home, "faces", "enrol", "new", "--engine", engine, "--yes")
        assert enrolled.out == "enrolled 2 of 2 pictures\n", enrolled.err
        assert "lists no faces: a picture that it holds already is added again" in enrolled.err
        found = isotopes(
            home, "faces", "search", "new/new-00.jpg", "--engine", engine, "--json", "--yes"
        )
        it.send_signal(signal.SIGINT)
    assert json.loads(found.out)[0]["id"] == "new-00.jpg"
