"""With --per-folder an isotope is found again by its pictures, whatever is called what now."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from same_process import SameProcess

from isotopes.errors import FolderError, VaultError
from isotopes.photos import Fate
from isotopes.vault import Vault
from isotopes.workflows.marking import Marked, MarkRequest, mark_into_vault, survey

PICTURES = 4  # in each folder
FOLDERS = "cats", "dogs", "trips/may"


def add(folder: Path, first: int, count: int = PICTURES) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        pixels = np.random.default_rng(number).integers(0, 256, (20, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for at, folder in enumerate(FOLDERS):
        add(tmp_path / "in" / folder, 10 * at)
    return tmp_path / "in"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.create(tmp_path / "v.sqlite")


def run(root: Path, vault: Vault, out: str, **settings: object) -> Marked:
    request = MarkRequest(source=root, output=root.with_name(out), name="n", per_folder=True)
    request = replace(request, **settings)
    return mark_into_vault(request, vault, survey(request, SameProcess()), SameProcess())


def owners(vault: Vault, done: Marked) -> Mapping[str, str]:
    """The isotope of each picture that was written with a mark, by the vault's own notes."""
    after = {outcome.after for outcome in done.summary.outcomes if outcome.fate is Fate.MARKED}
    return {
        Path(entry.name).stem: owner
        for owner, entry in vault.known_pictures()
        if entry.sha256_after in after
    }


def test_folders_with_new_names_keep_their_isotopes(root: Path, vault: Vault) -> None:
    first = owners(vault, run(root, vault, "out"))
    assert len(first) == 3 * PICTURES
    (root / "cats").rename(root / "felines")
    (root / "trips").rename(root / "journeys")
    add(root / "felines", 5, 2)
    again = owners(vault, run(root, vault, "again"))
    assert again == {**first, "5": "n/cats", "6": "n/cats"}
    assert vault.names() == ["n/cats", "n/dogs", "n/trips/may"]


def test_folders_that_swapped_names_keep_their_isotopes(root: Path, vault: Vault) -> None:
    first = owners(vault, run(root, vault, "out"))
    (root / "cats").rename(root / "x")
    (root / "dogs").rename(root / "cats")
    (root / "x").rename(root / "dogs")
    assert owners(vault, run(root, vault, "again")) == first


def test_an_isotope_with_a_new_name_is_found(root: Path, vault: Vault) -> None:
    run(root, vault, "out")
    vault.rename("n/dogs", "all my dogs")
    add(root / "dogs", 15, 1)
    again = owners(vault, run(root, vault, "again"))
    assert {again[name] for name in ("10", "13", "15")} == {"all my dogs"}
    assert "n/dogs" not in vault.names()


def test_the_whole_folder_may_move(root: Path, vault: Vault) -> None:
    first = owners(vault, run(root, vault, "out"))
    moved = shutil.move(root, root.with_name("moved"))
    assert owners(vault, run(Path(moved), vault, "again")) == first


def test_folders_that_were_split_or_joined_stay_with_their_isotope(
    root: Path, vault: Vault
) -> None:
    first = owners(vault, run(root, vault, "out"))
    (root / "more cats").mkdir()
    for name in ("2.png", "3.png"):
        (root / "cats" / name).rename(root / "more cats" / name)
    add(root / "more cats", 7, 1)
    assert owners(vault, run(root, vault, "again")) == {**first, "7": "n/cats"}


def test_a_new_folder_has_an_isotope_of_its_own_whatever_else_it_holds(
    root: Path, vault: Vault
) -> None:
    """One old picture among many doesn't decide; it is left out, as it carries a mark."""
    first = owners(vault, run(root, vault, "out"))
    add(root / "june", 40, 6)
    shutil.move(root / "cats/0.png", root / "june/0.png")
    done = run(root, vault, "again")
    again = owners(vault, done)
    assert {again[str(number)] for number in range(40, 46)} == {"n/june"}
    assert "0" not in again
    assert {name: again[name] for name in again if name in first}.items() <= first.items()
    (left_out,) = (one for one in done.summary.outcomes if one.name == "june/0.png")
    assert "with the mark of 'n/cats'" in left_out.reason


def test_a_folder_with_nothing_new_does_not_stop_the_others(root: Path, vault: Vault) -> None:
    first = owners(vault, run(root, vault, "out"))
    (root / "mixed").mkdir()
    for name in ("cats/0.png", "dogs/10.png", "trips/may/20.png"):
        shutil.move(root / name, root / "mixed")
    add(root / "cats", 7, 1)
    again = owners(vault, run(root, vault, "again"))
    assert again["7"] == "n/cats"
    assert again["1"] == first["1"]
    assert "n/mixed" not in vault.names()


def test_a_refusal_names_its_cause_and_the_command(root: Path, vault: Vault) -> None:
    run(root, vault, "out")
    (root / "cats").rename(root / "x cats")
    (root / "dogs").rename(root / "a dogs")
    with pytest.raises(VaultError, match="'n/dogs' was made with another alpha") as caught:
        run(root, vault, "again", alpha=0.2)
    told = f"mark '{root}/a dogs' --out OUT --add-to n/dogs` marks that folder"
    assert told in caught.value.hint
    other = root.with_name("other")
    add(other / "cats", 50)
    with pytest.raises(VaultError, match="'n/cats' was made with another folder") as caught:
        run(other, vault, "more")
    assert f"mark {other}/cats --out OUT --add-to n/cats` marks that folder" in caught.value.hint


def test_pictures_of_isotopes_in_disorder_are_refused_with_the_command(
    root: Path, vault: Vault
) -> None:
    run(root, vault, "out")
    mixed = root.with_name("mixed")
    (mixed / "all").mkdir(parents=True)
    for name in ("cats/0.png", "dogs/10.png", "trips/may/20.png"):
        shutil.copy(root / name, mixed / "all")
    with pytest.raises(FolderError, match="3 carry the mark of another isotope") as caught:
        run(mixed, vault, "more")
    assert "mark SUBFOLDER --out OUT --add-to n/cats` marks new pictures" in caught.value.hint
