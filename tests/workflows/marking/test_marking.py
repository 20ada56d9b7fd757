from __future__ import annotations

import errno
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from same_process import SameProcess

from isotopes.errors import FolderError, MarkError, VaultError
from isotopes.photos import Fate, read_picture
from isotopes.vault import Vault
from isotopes.workflows.marking import MarkRequest, Survey, mark_into_vault, survey


@pytest.fixture
def request_(tmp_path: Path) -> MarkRequest:
    rng = np.random.default_rng(0)
    for folder in ("cats", "dogs"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        for index in range(5):
            pixels = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "in" / folder / f"{index}.png")
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    return MarkRequest(tmp_path / "in", tmp_path / "out", "pets", count=4)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    (tmp_path / "vault").mkdir()
    return Vault.create(tmp_path / "vault" / "vault.sqlite")


def look(request: MarkRequest) -> Survey:
    return survey(request, SameProcess())


def run(request: MarkRequest, vault: Vault) -> dict[str, Fate]:
    done = mark_into_vault(request, vault, look(request), SameProcess())
    return {outcome.name: outcome.fate for outcome in done.summary.outcomes}


def test_the_vault_knows_what_was_marked_and_the_pictures_carry_it(
    request_: MarkRequest, vault: Vault
) -> None:
    fates = run(request_, vault)
    marked = {name for name, fate in fates.items() if fate is Fate.MARKED}
    assert len(marked) == 4
    assert {entry.name for entry in vault.files("pets") if entry.marked} == marked
    isotope = vault.get("pets")
    for name in fates:
        if not name.endswith(".png"):
            continue
        before = read_picture(request_.source / name).astype(float)
        after = read_picture(request_.output / name).astype(float)
        if name in marked:
            mark = isotope.mark().render(20, 30).pixels
            exact = before + isotope.alpha * (mark - 128.0)
            np.testing.assert_allclose(after, exact.clip(0, 255), atol=0.51)
        else:
            assert (request_.output / name).read_bytes() == (request_.source / name).read_bytes()


def test_the_choice_is_by_the_secret_key(request_: MarkRequest, tmp_path: Path) -> None:
    chosen = set()
    for attempt in range(6):
        vault = Vault.create(tmp_path / f"vault{attempt}.sqlite")
        fates = run(replace(request_, output=tmp_path / f"out{attempt}"), vault)
        chosen.add(tuple(sorted(name for name, fate in fates.items() if fate is Fate.MARKED)))
    assert len(chosen) > 1


def test_the_same_command_again_changes_nothing(request_: MarkRequest, vault: Vault) -> None:
    first = run(request_, vault)
    commitment = vault.summary("pets").commitment
    times = {path: path.stat().st_mtime_ns for path in request_.output.rglob("*.png")}
    assert run(request_, vault) == first
    assert vault.summary("pets").commitment == commitment
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_a_name_is_not_reused_for_other_terms(
    request_: MarkRequest, vault: Vault, tmp_path: Path
) -> None:
    run(request_, vault)
    other = replace(request_, alpha=0.2)
    with pytest.raises(VaultError, match=r"made with another alpha: 0\.32, now 0\.2") as caught:
        run(other, vault)
    assert "`--add-to pets` marks on the terms that it was made with" in str(caught.value.hint)
    assert "`--name NEW --unpublished pets` marks anew" in str(caught.value.hint)
    anew = replace(other, name="NEW", unpublished=frozenset({"pets"}), output=tmp_path / "new")
    assert sum(fate is Fate.MARKED for fate in run(anew, vault).values()) == 4
    with pytest.raises(VaultError, match="made with another label: None, now cat"):
        run(replace(request_, label="cat"), vault)


def test_every_sub_folder_gets_an_isotope_of_its_own(request_: MarkRequest, vault: Vault) -> None:
    fates = run(replace(request_, per_folder=True, count=2), vault)
    assert vault.names() == ["pets/cats", "pets/dogs"]
    assert vault.get("pets/cats").mark() != vault.get("pets/dogs").mark()
    assert {entry.name.partition("/")[0] for entry in vault.files("pets/dogs")} == {"dogs"}
    assert sum(fate is Fate.MARKED for fate in fates.values()) == 4


def test_per_folder_needs_sub_folders(request_: MarkRequest, tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="--per-folder needs sub-folders with pictures"):
        look(
            replace(
                request_, source=request_.source / "cats", per_folder=True, output=tmp_path / "o"
            )
        )


def test_a_survey_writes_nothing(request_: MarkRequest, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    found = look(request_)
    assert sorted(tmp_path.rglob("*")) == before
    assert [(group.count, len(group.markable)) for group in found.groups] == [(4, 10)]
    assert found.to_dict()["isotopes"] == [{"name": "pets", "pictures": 10, "marked": 4}]


def test_too_many_are_asked_for(request_: MarkRequest) -> None:
    with pytest.raises(FolderError, match="must be 1 to 10, got 11"):
        look(replace(request_, count=11))


def test_a_commitment_is_in_the_vault_before_the_first_picture(
    request_: MarkRequest, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        assert vault.names() == ["pets"]
        raise FolderError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("isotopes.photos.run.engine.carry_out_job", full)
        with pytest.raises(FolderError, match="the disk is full"):
            run(request_, vault)
    assert list(request_.output.iterdir()) == []
    assert sum(fate is Fate.MARKED for fate in run(request_, vault).values()) == 4


def test_an_output_that_cannot_serve_costs_no_key(request_: MarkRequest, vault: Vault) -> None:
    request_.output.mkdir()
    (request_.output / "stranger.txt").write_text("not ours")
    with pytest.raises(FolderError, match="nothing that this run didn't write"):
        run(request_, vault)
    assert vault.names() == []


def test_an_output_of_another_isotope_costs_no_key(request_: MarkRequest, vault: Vault) -> None:
    run(request_, vault)
    other = replace(request_, name="others", alpha=0.2)
    with pytest.raises(FolderError, match="no picture is left to mark as 'others'"):
        run(other, vault)
    other = replace(other, unpublished=frozenset({"pets"}))
    with pytest.raises(FolderError, match=r"begun with alpha 0\.32, now 0\.2 \(\w+/\d\.png\)"):
        run(other, vault)
    assert vault.names() == ["pets"]
    run(replace(other, alpha=0.3, output=request_.output.with_name("corrected")), vault)
    assert vault.get("others").alpha == 0.3


def test_an_output_that_cannot_be_written_costs_no_key(
    request_: MarkRequest, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(**_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("isotopes.photos.run.output.tempfile.TemporaryFile", read_only)
    with pytest.raises(FolderError, match="can't be written: .*Read-only file system"):
        run(request_, vault)
    assert vault.names() == []


def test_a_mark_that_cannot_be_drawn_costs_no_key(request_: MarkRequest, vault: Vault) -> None:
    options = {
        "picture": str(request_.source / "notes.txt"),
        "pool": str(request_.source / "dogs"),
    }
    with pytest.raises(MarkError, match="can't serve as a mark"):
        run(replace(request_, family="image_blend", options=options, decoys=5), vault)
    assert vault.names() == []
    assert not request_.output.exists()


def test_a_deleted_output_may_be_begun_anew(request_: MarkRequest, vault: Vault) -> None:
    run(request_, vault)
    shutil.rmtree(request_.output)
    fainter = replace(request_, name="fainter", alpha=0.2)
    with pytest.raises(FolderError, match="no picture is left to mark as 'fainter'") as caught:
        run(fainter, vault)
    assert "`--unpublished pets` marks them anew" in str(caught.value.hint)
    assert vault.names() == ["pets"]
    fates = run(replace(fainter, unpublished=frozenset({"pets"})), vault)
    assert sum(fate is Fate.MARKED for fate in fates.values()) == 4
    assert {entry.name for entry in vault.files("fainter")} == set(fates) - {"notes.txt"}


@pytest.mark.parametrize("decoys", [0, -1])
def test_a_mark_without_decoys_is_refused(request_: MarkRequest, decoys: int) -> None:
    with pytest.raises(MarkError, match=f"at least 1 decoy, got {decoys}") as caught:
        look(replace(request_, decoys=decoys))
    assert "leave --decoys out for 199" in (caught.value.hint or "")
