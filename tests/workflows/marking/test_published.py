"""Published once, a picture keeps its fate: whatever is added, edited, renamed or taken out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from photo_files import encode, scene
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from same_process import SameProcess

from isotopes.errors import FolderError
from isotopes.photos import Fate
from isotopes.photos.run import engine
from isotopes.vault import Vault, backup_vault, export_isotopes, import_isotopes, restore_vault
from isotopes.workflows.marking import Marked, MarkRequest, mark_into_vault, survey
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
    return mark_into_vault(request, vault, survey(request, SameProcess()), SameProcess())


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


def test_an_edited_original_is_known_when_its_accents_are_written_otherwise(
    request_: MarkRequest, vault: Vault
) -> None:
    """A folder that went from Linux to macOS."""
    for path in request_.source.iterdir():
        path.rename(path.with_name("\u00e9" + path.name))
    first = run(request_, vault)
    for path in sorted(request_.source.iterdir()):
        pixels = 255 - np.asarray(Image.open(path))
        Image.fromarray(pixels).save(path.with_name(path.name.replace("\u00e9", "e\u0301")))
        path.unlink()
    again = run(replace(request_, share=1.0, output=request_.output.with_name("new")), vault)
    assert (len(again.edited), again.gone) == (20, ())
    assert len(marked(again)) == len(marked(first))


def test_folders_of_one_isotope_are_not_mixed_up(
    request_: MarkRequest, vault: Vault, tmp_path: Path
) -> None:
    """A camera counts anew: June's 020.png is another picture than the one that May gets later."""
    run(request_, vault)
    june = tmp_path / "june"
    add_pictures(june, range(15, 25))
    for number in range(15, 25):
        pixels = np.random.default_rng(1000 + number).integers(0, 256, (20, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(june / f"{number:03}.png")
    more = request_more(vault, "me", june, tmp_path / "june-out")
    assert len(marked(run(more, vault))) == 10
    add_pictures(request_.source, range(20, 22))
    (request_.source / "003.png").unlink()
    again = run(replace(request_, output=request_.output.with_name("new")), vault)
    assert (again.edited, again.gone) == ((), ("003.png",))
    pixels = np.asarray(Image.open(june / "016.png")) // 2
    Image.fromarray(pixels).save(june / "016.png")
    (june / "017.png").unlink()
    told = run(replace(more, output=tmp_path / "june-new"), vault)
    assert (told.edited, told.gone) == (("016.png",), ("017.png",))
    assert "016.png" in marked(told)


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


def test_crops_of_published_pictures_are_not_marked(vault: Vault, tmp_path: Path) -> None:
    """Those of marked ones can't be published at all: the mark has another size on them."""
    (tmp_path / "in").mkdir()
    (tmp_path / "crops").mkdir()
    for number in range(4):
        coarse = np.random.default_rng(number).integers(30, 226, (5, 7, 3), np.uint8)
        picture = cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_CUBIC)
        (tmp_path / f"in/{number}.jpg").write_bytes(encode(picture, "JPEG"))
        crop = picture[:, 40:280].copy()
        (tmp_path / f"crops/{number}.jpg").write_bytes(encode(crop, "JPEG"))
    first = run(MarkRequest(tmp_path / "in", tmp_path / "out", "me", share=0.5), vault)
    (tmp_path / "crops/new.jpg").write_bytes(encode(scene(), "JPEG"))
    more = request_more(vault, "me", tmp_path / "crops", tmp_path / "more", share=1.0)
    again = fates(run(more, vault))
    assert {name for name, fate in again.items() if fate is Fate.SKIPPED} == marked(first)
    assert {name for name, fate in again.items() if fate is Fate.MARKED} == {"new.jpg"}


def test_what_an_interrupted_run_wrote_is_known(
    request_: MarkRequest, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be published, and another isotope's mark on the same pictures would give both away."""

    def interrupt(done: int, _total: int, _name: str) -> None:
        if done == 12:
            raise KeyboardInterrupt

    monkeypatch.setattr(engine, "CLAIM_SECONDS", 0)
    share = replace(request_, share=1.0)
    found = survey(share, SameProcess())
    with pytest.raises(KeyboardInterrupt):
        mark_into_vault(share, vault, found, SameProcess(), interrupt)
    written = {path.name for path in share.output.iterdir()}
    assert len(written) == 12
    other = run(replace(share, name="other", output=tmp_path / "out2"), vault)
    assert marked(other) == fates(other).keys() - written
    (tmp_path / "out2").rename(tmp_path / "published")
    assert marked(run(share, vault)) == written  # the first one, finished later


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


# What becomes of a photo between two months: re-encoded, resized, its metadata edited, turned.
VERSIONS = {
    "as WebP": lambda p: encode(p, "WEBP", quality=80),
    "smaller": lambda p: encode(cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=3), "JPEG"),
    "other metadata": lambda p: encode(Image.fromarray(p), "PNG", pnginfo=described()),
    "brighter": lambda p: encode(np.clip(p * 1.1 + 8, 0, 255).astype(np.uint8), "JPEG"),
    "mirrored": lambda p: encode(p[:, ::-1].copy(), "JPEG"),
}


def described() -> PngInfo:
    text = PngInfo()
    text.add_text("Comment", "rated since")
    return text


@pytest.fixture
def photos(tmp_path: Path) -> MarkRequest:
    (tmp_path / "in").mkdir()
    for seed in range(6):
        (tmp_path / f"in/{seed}.png").write_bytes(encode(scene(150, 200, seed), "PNG"))
    return MarkRequest(tmp_path / "in", tmp_path / "out", "me", share=0.5)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_picture_keeps_its_fate_in_other_files_and_places(
    photos: MarkRequest, vault: Vault, tmp_path: Path, version: str
) -> None:
    first = run(photos, vault)
    assert len(marked(first)) == 3
    later = tmp_path / "later"
    later.mkdir()
    for seed in range(6):
        (later / f"new {seed}.jpg").write_bytes(VERSIONS[version](scene(150, 200, seed)))
    (later / "other.jpg").write_bytes(encode(scene(150, 200, 99), "JPEG"))
    again = run(request_more(vault, "me", later, tmp_path / "out2", share=1.0), vault)
    same = {f"new {name[0]}.jpg" for name in marked(first)}
    if version == "mirrored":  # with the mark upright it would give the other one's away
        assert marked(again) == {"other.jpg"}
        assert {o.name for o in again.summary.outcomes if o.fate is Fate.SKIPPED} == same
    else:
        assert marked(again) == {*same, "other.jpg"}
        edited = set(fates(again)) - {"other.jpg"} if version == "brighter" else set()
        assert set(again.edited) == edited


def test_another_isotope_knows_versions_too(
    photos: MarkRequest, vault: Vault, tmp_path: Path
) -> None:
    first = run(photos, vault)
    (tmp_path / "later").mkdir()
    for seed in range(6):
        (tmp_path / f"later/{seed}.webp").write_bytes(encode(scene(150, 200, seed), "WEBP"))
    (tmp_path / "later/other.png").write_bytes(encode(scene(150, 200, 99), "PNG"))
    other = MarkRequest(tmp_path / "later", tmp_path / "out2", "other", share=1.0)
    again = run(other, vault)
    assert marked(again) == {"other.png"}
    skipped = {o.name[0] for o in again.summary.outcomes if o.fate is Fate.SKIPPED}
    assert skipped == {name[0] for name in marked(first)}


def test_what_was_published_in_a_format_that_cannot_be_marked_is_never_marked(
    photos: MarkRequest, vault: Vault, tmp_path: Path
) -> None:
    (photos.source / "old.gif").write_bytes(encode(scene(150, 200, 50), "GIF"))
    run(photos, vault)
    (tmp_path / "later").mkdir()
    for seed in (50, 51):
        (tmp_path / f"later/{seed}.jpg").write_bytes(encode(scene(150, 200, seed), "JPEG"))
    again = run(request_more(vault, "me", tmp_path / "later", tmp_path / "out2"), vault)
    assert marked(again) == {"51.jpg"}


def test_only_what_is_not_there_any_more_is_gone(photos: MarkRequest, vault: Vault) -> None:
    """Neither a picture that can't be marked nor one that --only leaves out this time."""
    (photos.source / "old.gif").write_bytes(encode(scene(150, 200, 50), "GIF"))
    run(photos, vault)
    again = replace(photos, output=photos.output.with_name("new"))
    assert run(again, vault).gone == ()
    assert run(replace(again, output=again.output.with_name("o3"), only="[0-2]*"), vault).gone == ()
    (photos.source / "old.gif").unlink()
    assert run(replace(again, output=again.output.with_name("o4")), vault).gone == ("old.gif",)


def test_a_picture_that_was_only_renamed_or_re_encoded_is_not_gone(
    photos: MarkRequest, vault: Vault
) -> None:
    run(photos, vault)
    (photos.source / "0.png").rename(photos.source / "renamed.png")
    (photos.source / "1.png").unlink()
    (photos.source / "2.png").unlink()
    (photos.source / "two.tif").write_bytes(encode(scene(150, 200, 2), "TIFF"))
    again = run(replace(photos, output=photos.output.with_name("new")), vault)
    assert again.gone == ("1.png",)


def test_an_interrupted_run_goes_on_though_photos_were_added(
    request_: MarkRequest, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten more pictures make it another share; what lies in the output keeps its fate."""
    monkeypatch.setattr(engine, "CLAIM_SECONDS", 0)

    def stop(done: int, total: int, name: str) -> None:
        if done == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mark_into_vault(request_, vault, survey(request_, SameProcess()), SameProcess(), stop)
    assert len(vault.files("me")) == 12
    before = {path.name: path.read_bytes() for path in request_.output.glob("*.png")}
    assert len(before) == 12
    bare = {name for name in before if before[name] == (request_.source / name).read_bytes()}
    add_pictures(request_.source, range(20, 30))
    done = run(request_, vault)
    assert done.summary.resumed == 12
    assert {name: (request_.output / name).read_bytes() for name in before} == before
    assert not marked(done) & bare
    assert len(marked(done)) == 9


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"strip": "gps"}, "begun with strip None, now gps"),
        ({"alpha": 0.5, "name": "other"}, "begun with alpha 0.32, now 0.5"),
        ({"name": "other"}, "begun with another mark: by another isotope or vault"),
        ({"name": "other", "share": 1.0}, "another mark: .*|without the mark in this picture"),
    ],
)
def test_a_refusal_names_its_cause(
    request_: MarkRequest, vault: Vault, change: dict[str, object], cause: str
) -> None:
    run(request_, vault)
    other = replace(request_, unpublished=frozenset({"me"}), **change)
    with pytest.raises(FolderError, match=cause):
        run(other, vault)
