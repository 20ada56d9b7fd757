"""Downloads of what was published, among the originals: no picture is marked twice, none bare."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from photo_files import scene
from PIL import Image
from same_process import SameProcess

from isotopes.photos import Fate
from isotopes.vault import Vault
from isotopes.workflows.marking import Marked, MarkRequest, mark_into_vault, survey
from isotopes.workflows.marking.continuing import request_more

Copy = Callable[[Path, Path], object]


def coarser(path: Path, new: Path) -> None:
    Image.open(path).save(new, "JPEG", quality=60)


def smaller(path: Path, new: Path) -> None:
    Image.open(path).resize((96, 64)).save(new, "PNG")


def run(request: MarkRequest, vault: Vault) -> Marked:
    return mark_into_vault(request, vault, survey(request, SameProcess()), SameProcess())


def fates(done: Marked) -> dict[str, Fate]:
    return {outcome.name: outcome.fate for outcome in done.summary.outcomes}


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """With a folder of three photos that was published as "me"."""
    (tmp_path / "vault").mkdir()
    vault = Vault.create(tmp_path / "vault" / "vault.sqlite")
    (tmp_path / "in").mkdir()
    for seed in range(3):
        Image.fromarray(scene(128, 192, seed)).save(tmp_path / "in" / f"{seed}.jpg", quality=92)
    run(MarkRequest(tmp_path / "in", tmp_path / "out", "me"), vault)
    return vault


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A folder with a new photo."""
    folder = tmp_path / "later"
    folder.mkdir()
    Image.fromarray(scene(128, 192, 9)).save(folder / "new.jpg")
    return folder


@pytest.mark.parametrize("copy", [shutil.copy, coarser, smaller])
def test_a_copy_of_what_was_published_is_not_marked_once_more(
    copy: Copy, vault: Vault, later: Path, tmp_path: Path
) -> None:
    copy(tmp_path / "out" / "0.jpg", later / "download")
    copy(tmp_path / "in" / "1.jpg", later / "original")
    copy(tmp_path / "in" / "2.jpg", later / "both")
    copy(tmp_path / "out" / "2.jpg", later / "both, downloaded")
    done = run(request_more(vault, "me", later, tmp_path / "out2"), vault)
    assert fates(done) == {
        "new.jpg": Fate.MARKED,
        "download": Fate.SKIPPED,
        "original": Fate.MARKED,
        "both": Fate.MARKED,
        "both, downloaded": Fate.SKIPPED,
    }


@pytest.mark.parametrize("copy", [shutil.copy, coarser])
def test_an_original_beside_its_published_copy_is_not_published_bare(
    copy: Copy, vault: Vault, tmp_path: Path
) -> None:
    source = tmp_path / "in"
    copy(tmp_path / "out" / "0.jpg", source / "download.jpg")
    copy(tmp_path / "out" / "1.jpg", source / "1.jpg")
    request = MarkRequest(source, tmp_path / "again", "me")
    done = run(request, vault)
    assert fates(done) == {
        "0.jpg": Fate.MARKED,
        "1.jpg": Fate.SKIPPED,
        "2.jpg": Fate.MARKED,
        "download.jpg": Fate.SKIPPED,
    }
    assert (tmp_path / "again" / "0.jpg").read_bytes() == (tmp_path / "out" / "0.jpg").read_bytes()
