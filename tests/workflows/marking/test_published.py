"""Published once, a picture keeps its fate: whatever is added, edited, renamed or taken out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from same_process import SameProcess

from isotopes.photos import Fate
from isotopes.vault import Vault, backup_vault, export_isotopes, import_isotopes, restore_vault
from isotopes.workflows.marking import Marked, MarkRequest, mark_folder, survey
from isotopes.workflows.marking.continuing import request_more


def add_pictures(folder: Path, numbers: range) -> None:
    folder.mkdir(exist_ok=True)
    for number in numbers:
        pixels = np.random.default_rng(number).integers(0, 256, (20, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03}.png")


@pytest.fixture
def request_(tmp_path: Path) -> MarkRequest:
    add_pictures(tmp_path / "in", range(20))
    return MarkRequest(tmp_path / "in", tmp_path / "out", "me", share=0.3)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    (tmp_path / "vault").mkdir()
    return Vault.create(tmp_path / "vault" / "vault.sqlite")


def run(request: MarkRequest, vault: Vault) -> Marked:
    return mark_folder(request, vault, survey(request, SameProcess()), SameProcess())


def fates(done: Marked) -> dict[str, Fate]:
    return {outcome.name: outcome.fate for outcome in done.summary.outcomes}


def marked(done: Marked) -> set[str]:
    return {name for name, fate in fates(done).items() if fate is Fate.MARKED}


def test_a_folder_that_grows_keeps_every_fate(request_: MarkRequest, vault: Vault) -> None:
    first = run(request_, vault)
    add_pictures(request_.source, range(20, 60))
    again = run(request_, vault)  # into the same output
    before, after = fates(first), fates(again)
    assert {name: after[name] for name in before} == before
    assert len(marked(again)) == 18
    assert again.summary.resumed == 20
    anew = run(replace(request_, output=request_.output.with_name("new")), vault)
    assert fates(anew) == after


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_another_share_marks_nothing_that_was_published_bare(
    request_: MarkRequest, vault: Vault, share: float
) -> None:
    first = run(request_, vault)
    more = replace(request_, share=share, output=request_.output.with_name("new"))
    assert marked(run(more, vault)) == marked(first)


def test_names_and_places_do_not_matter(
    request_: MarkRequest, vault: Vault, tmp_path: Path
) -> None:
    first = run(request_, vault)
    moved = tmp_path / "elsewhere"
    (moved / "sub").mkdir(parents=True)
    for path in request_.source.iterdir():
        shutil.copy(path, moved / "sub" / f"renamed {path.name}")
    again = run(request_more(vault, "me", moved, tmp_path / "out2", share=0.8), vault)
    assert marked(again) == {f"sub/renamed {name}" for name in marked(first)}


def test_an_edited_original_takes_the_old_fate_and_is_told(
    request_: MarkRequest, vault: Vault
) -> None:
    first = run(request_, vault)
    bare = min(fates(first).keys() - marked(first))
    edited = {min(marked(first)), bare}
    for name in edited:
        pixels = np.asarray(Image.open(request_.source / name)) // 2
        Image.fromarray(pixels).save(request_.source / name)
    gone = max(marked(first))
    (request_.source / gone).unlink()
    again = run(replace(request_, output=request_.output.with_name("new")), vault)
    assert set(again.edited) == edited
    assert again.gone == (gone,)
    assert fates(again) == {name: fate for name, fate in fates(first).items() if name != gone}
    assert again.to_dict()["edited"] == sorted(edited)


def test_another_isotope_does_not_mark_it_again(
    request_: MarkRequest, vault: Vault, tmp_path: Path
) -> None:
    first = run(request_, vault)
    other = replace(request_, name="other", output=tmp_path / "out2", share=1.0)
    add_pictures(request_.source, range(20, 24))
    again = run(other, vault)
    assert marked(again) == {f"{number:03}.png" for number in range(20, 24)}
    for outcome in again.summary.outcomes:
        if outcome.name in marked(first):
            assert outcome.fate is Fate.SKIPPED
            assert "published with the mark of 'me' already" in outcome.reason
            assert not (tmp_path / "out2" / outcome.name).exists()


def test_a_marked_copy_is_not_marked_once_more(
    request_: MarkRequest, vault: Vault, tmp_path: Path
) -> None:
    first = run(request_, vault)
    again = run(request_more(vault, "me", request_.output, tmp_path / "o2", share=1.0), vault)
    assert not marked(again)
    skipped = {o.name for o in again.summary.outcomes if o.fate is Fate.SKIPPED}
    assert skipped == marked(first)


@pytest.mark.parametrize("way", ["export", "backup"])
def test_on_another_computer(request_: MarkRequest, vault: Vault, tmp_path: Path, way: str) -> None:
    first = run(request_, vault)
    (tmp_path / "other").mkdir()
    place = tmp_path / "other" / "vault.sqlite"
    if way == "export":
        Vault.create(place).close()
        with Vault.open(place) as there:
            import_isotopes(there, export_isotopes(vault, "way"), lambda: "way")
    else:
        backup_vault(vault.location.path, tmp_path / "saved")
        restore_vault(tmp_path / "saved", place)
    request_.source.rename(tmp_path / "photos")
    add_pictures(tmp_path / "photos", range(20, 30))
    with Vault.open(place) as there:
        more = request_more(there, "me", tmp_path / "photos", tmp_path / "out2", share=0.3)
        again = run(more, there)
    before = fates(first)
    assert {name: fates(again)[name] for name in before} == before
    assert len(marked(again)) == 9


def test_when_it_was_published(request_: MarkRequest, vault: Vault) -> None:
    run(request_, vault)
    entries = vault.files("me")
    assert all(entry.added.endswith("Z") for entry in entries)
    run(replace(request_, output=request_.output.with_name("new")), vault)
    assert vault.files("me") == entries
    assert vault.summary("me").files == 20
