from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import command_line
import numpy as np
import pytest
from command_line import Done
from PIL import Image

from isotopes.vault import Vault


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "holiday"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(6):
        pixels = rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.jpg")
    (folder / "broken.jpg").write_bytes(b"")
    return folder


def isotopes(*words: object, vault: Path, **environment: str) -> Done:
    return command_line.isotopes(*words, ISOTOPES_VAULT=str(vault), NO_COLOR="1", **environment)


def test_marking_a_folder(photos: Path, tmp_path: Path) -> None:
    vault = tmp_path / "vault.sqlite"
    out = tmp_path / "marked"
    done = isotopes("mark", photos, "--out", out, "--share", "0.5", "--json", vault=vault)
    assert done.code == 0, done.err
    summary = json.loads(done.out)
    assert summary["counts"]["marked"] == 3
    assert summary["counts"]["copied"] == 4
    assert summary["isotopes"]["holiday"]["commitment"].startswith("sha256:")
    assert "the keys in" in done.err  # unsealed, as there was nobody to ask
    assert sorted(path.name for path in out.iterdir()) == sorted(p.name for p in photos.iterdir())
    again = isotopes("mark", photos, "--out", out, "--share", "0.5", vault=vault)
    assert again.code == 0
    assert again.out.startswith("3 marked, 4 copied in")
    assert "broken.jpg" in again.out


def test_a_sealed_vault_needs_its_passphrase(photos: Path, tmp_path: Path) -> None:
    vault = tmp_path / "vault.sqlite"
    secret = "correct horse"
    out = tmp_path / "marked"
    done = isotopes("mark", photos, "--out", out, vault=vault, ISOTOPES_PASSPHRASE=secret)
    assert done.code == 0, done.err
    assert secret not in done.out + done.err
    wrong = isotopes("mark", photos, "--out", out, vault=vault, ISOTOPES_PASSPHRASE="wrong")
    assert wrong.code == 2
    assert "Traceback" not in wrong.err
    assert wrong.err.startswith("error: ")


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["--family", "grating"], "no mark family is called 'grating'", "choose one of:"),
        (["--alpha", "1.4"], "alpha must be above 0 and at most 1, got 1.4", ""),
        (["--alpha", "0"], "alpha must be above 0 and at most 1, got 0", ""),
        (["--family", "image_blend"], "a mark and 199 decoys need 200 draws", "--pool"),
        (["--share", "0"], "share to mark must be above 0", "0.1 marks every tenth"),
        (["--count", "99"], "must be 1 to 6, got 99", "6 pictures here can be marked"),
        (["--decoys", "0"], "must be committed with at least 1 decoy, got 0", "leave --decoys out"),
        (["--decoys", "-1"], "must be committed with at least 1 decoy, got -1", ""),
        (["--visibility", "loud"], "no visibility is called 'loud'", "subtle, faint, plain"),
        (["--visibility", "faint", "--alpha", "0.3"], "either --visibility or --alpha", ""),
        (["--pool", "nowhere"], "tints has no option 'pool'", ""),
    ],
)
def test_what_was_mistyped_is_said(
    photos: Path, tmp_path: Path, arguments: list[str], message: str, hint: str
) -> None:
    out = tmp_path / "marked"
    done = isotopes("mark", photos, "--out", out, *arguments, vault=tmp_path / "v.sqlite")
    assert done.code == 2
    assert message in done.err
    assert hint in done.err
    assert "Traceback" not in done.err
    assert not out.exists()
    assert not (tmp_path / "v.sqlite").exists()


def test_an_output_inside_the_input_is_refused(photos: Path, tmp_path: Path) -> None:
    done = isotopes("mark", photos, "--out", photos / "marked", vault=tmp_path / "v.sqlite")
    assert done.code == 2
    assert "must lie outside the input folder" in done.err
    assert not (photos / "marked").exists()


def test_a_run_that_can_write_nothing_leaves_no_isotope(photos: Path, tmp_path: Path) -> None:
    """The same name serves again, with whatever else was corrected."""
    vault, out = tmp_path / "v.sqlite", tmp_path / "marked"
    out.mkdir()
    (out / "mine.txt").write_text("not written by isotopes")
    refused = isotopes("mark", photos, "--out", out, vault=vault)
    assert refused.code == 2
    assert "must hold nothing that this run didn't write" in refused.err
    listed = isotopes("vault", "list", "--json", vault=vault)
    assert json.loads(listed.out) == []
    done = isotopes("mark", photos, "--out", tmp_path / "other", "--alpha", "0.3", vault=vault)
    assert done.code == 0, done.err


def test_too_few_decoys_for_the_usual_level_are_warned_of(photos: Path, tmp_path: Path) -> None:
    arguments = ("mark", photos, "--out", tmp_path / "marked", "--decoys")
    few = isotopes(*arguments, "98", "--name", "few", vault=tmp_path / "v.sqlite")
    assert few.code == 0, few.err
    assert "with 98 decoys no exact check can get below p = 0.0101" in few.err
    enough = isotopes(
        "mark", photos, "--out", tmp_path / "two", "--decoys", "99", "--name", "enough",
        "--unpublished", "few",
        vault=tmp_path / "v.sqlite",
    )  # fmt: skip
    assert enough.code == 0, enough.err
    assert "no exact check" not in enough.err


def test_a_pool_that_is_not_there(photos: Path, tmp_path: Path) -> None:
    done = isotopes(
        *("mark", photos, "--out", tmp_path / "marked", "--family", "image_blend"),
        *("--pool", tmp_path / "nosuch"),
        vault=tmp_path / "v.sqlite",
    )
    assert done.code == 2
    assert "the pool that marks are drawn from must be a folder of pictures, got" in done.err
    assert str(tmp_path / "nosuch") in done.err


def test_a_vault_where_there_is_no_folder(photos: Path, tmp_path: Path) -> None:
    out, vault = tmp_path / "marked", tmp_path / "nosuch" / "v.sqlite"
    done = isotopes("mark", photos, "--out", out, vault=vault)
    assert done.code == 2
    assert f"there is no folder {vault.parent}" in done.err
    assert not vault.parent.exists()
    assert not out.exists()


def test_a_vault_that_is_a_folder(photos: Path, tmp_path: Path) -> None:
    vault = tmp_path / "folder"
    vault.mkdir()
    done = isotopes("mark", photos, "--out", tmp_path / "marked", vault=vault)
    assert done.code == 2
    assert f"a vault is a file, and {vault} is a folder" in done.err
    assert str(vault / "vault.sqlite") in done.err


def test_a_dry_run_writes_nothing(photos: Path, tmp_path: Path) -> None:
    done = isotopes(
        "mark", photos, "--out", tmp_path / "out", "--dry-run", vault=tmp_path / "v.sqlite"
    )
    assert done.code == 0
    assert "would mark 6 of 6 pictures as holiday" in done.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["holiday"]


def test_preview(photos: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    arguments = ("preview", photos / "0.jpg", "--out", sheet, "--alpha", "0.1", "--alpha", "0.4")
    done = isotopes(*arguments, "--json", vault=tmp_path / "v.sqlite")
    assert done.code == 0, done.err
    rows = json.loads(done.out)["rows"]
    assert [row["alpha"] for row in rows] == [0.1, 0.4]
    assert rows[0]["psnr"] > rows[1]["psnr"]
    with Image.open(sheet) as picture:
        assert picture.width > 600
    again = isotopes(*arguments, vault=tmp_path / "v.sqlite")
    assert again.code == 2
    assert "is there already" in again.err


@pytest.mark.parametrize("name", ["nowhere/sheet.png", "sheet.xyz"])
def test_preview_to_a_place_that_cannot_be_written(name: str, photos: Path, tmp_path: Path) -> None:
    done = isotopes("preview", photos / "0.jpg", "--out", tmp_path / name, vault=tmp_path / "v")
    assert done.code == 2
    assert "sheet" in done.err and "can't be written" in done.err
    assert "Traceback" not in done.err


def test_without_arguments_there_is_help(tmp_path: Path) -> None:
    done = isotopes(vault=tmp_path / "v.sqlite")
    assert "mark" in done.out + done.err
    assert isotopes("--version", vault=tmp_path / "v.sqlite").out.strip() == "0.1.0"


def test_a_light_import() -> None:
    code = "import isotopes, sys; print({'torch', 'onnxruntime', 'cv2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("arguments", "family", "alpha"),
    [
        ([], "tints", 0.32),
        (["--visibility", "subtle"], "tints", 0.2),
        (["--family", "gratings"], "gratings", 0.4),
        (["--family", "gratings", "--visibility", "faint"], "gratings", 0.2),
        (["--alpha", "0.7"], "tints", 0.7),
    ],
)
def test_how_visibly_a_folder_is_marked(
    photos: Path, tmp_path: Path, arguments: list[str], family: str, alpha: float
) -> None:
    vault = tmp_path / "v.sqlite"
    done = isotopes("mark", photos, "--out", tmp_path / "marked", *arguments, vault=vault)
    assert done.code == 0, done.err
    assert "6 marked" in done.out  # all of them
    isotope = Vault.open(str(vault)).get("holiday")
    assert (isotope.family, isotope.alpha) == (family, alpha)


def test_grey_pictures_stay_unmarked_and_are_counted(photos: Path, tmp_path: Path) -> None:
    for index in range(2):
        with Image.open(photos / f"{index}.jpg") as picture:
            picture.convert("L").save(photos / f"{index}.jpg")
    vault = tmp_path / "v.sqlite"
    done = isotopes("mark", photos, "--out", tmp_path / "marked", vault=vault)
    assert done.code == 0, done.err
    assert "4 marked, 3 copied" in done.out
    assert "grey, and the mark is colour alone" in done.out
    assert "2 grey picture(s) stay unmarked" in " ".join(done.err.split())
    for index in range(2):
        name = f"{index}.jpg"
        assert (tmp_path / "marked" / name).read_bytes() == (photos / name).read_bytes()
    other = isotopes(
        *("mark", photos, "--out", tmp_path / "too", "--family", "gratings", "--name", "too"),
        vault=tmp_path / "another.sqlite",
    )
    assert "6 marked" in other.out
    assert "grey picture" not in other.err


def test_preview_of_an_isotope_shows_its_own_mark(photos: Path, tmp_path: Path) -> None:
    vault = tmp_path / "v.sqlite"
    marked = tmp_path / "marked"
    isotopes("mark", photos, "--out", marked, "--alpha", "0.6", vault=vault)
    arguments = ("preview", "holiday", "--fast", "--full", tmp_path / "full", "--json")
    done = isotopes(*arguments, "--out", tmp_path / "sheet.png", vault=vault)
    assert done.code == 0, done.err
    rows = json.loads(done.out)["rows"]
    names = [row["name"] for row in rows]
    assert names == ["subtle", "faint", "plain", "as marked, alpha 0.6"]
    full = tmp_path / "full" / "0-as-marked-alpha-0.6.jpg"
    assert full.read_bytes() == (marked / "0.jpg").read_bytes()
    shutil.rmtree(photos)
    gone = isotopes("preview", "holiday", "--out", tmp_path / "b.png", vault=vault)
    assert gone.code == 2
    assert "are not where they were" in gone.err
