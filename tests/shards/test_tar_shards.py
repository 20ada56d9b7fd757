"""Tar shards: pictures are marked, and nothing else changes."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from photo_files import scene
from PIL import Image
from shard_files import jpeg, read_tar, sample, write_tar

from isotopes.errors import FolderError
from isotopes.marks import get_family
from isotopes.photos import mark_picture
from isotopes.photos.choosing.choose import DRAWS, keyed_number
from isotopes.photos.choosing.fingerprint import read_content
from isotopes.shards.layouts.rows import Rewritten
from isotopes.shards.layouts.tar import rewrite_tar
from isotopes.shards.terms import ShardTerms, choice_key, user_key
from isotopes.shards.treating import treating

Make = Callable[..., ShardTerms]


def rewrite(source: Path, target: Path, terms: ShardTerms, careful: bool = False) -> Rewritten:
    with treating(terms, careful=careful) as treat:
        return rewrite_tar(source, target, terms, treat)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_only_pictures_change(tmp_path: Path, terms: ShardTerms, form: int) -> None:
    long = "d" * 150 + "/" + "e" * 110 if form != tarfile.USTAR_FORMAT else "short"
    members = [*sample(1), *sample(2, key=f"{long}ü"), ("000003.seg.png", png()), ("README", b"hi")]
    write_tar(tmp_path / "a.tar", members, form)
    found = rewrite(tmp_path / "a.tar", tmp_path / "b.tar", terms)

    before, after = read_tar(tmp_path / "a.tar"), read_tar(tmp_path / "b.tar")
    assert list(before) == list(after)
    mark = get_family("tints").draw(terms.key, 0)
    for name, data in before.items():
        if name.endswith(".jpg"):
            assert after[name] == mark_picture(data, mark, terms.alpha).data != data
        elif not name.endswith(".json"):
            assert after[name] == data
    assert [row.marked for row in found.rows] == [True, True]
    assert found.samples == 3
    assert headers(tmp_path / "a.tar") == headers(tmp_path / "b.tar")


def test_hashes_in_descriptions_follow_and_nothing_else_there(
    tmp_path: Path, terms: ShardTerms
) -> None:
    """A hash that stayed the old one would tell which pictures carry the mark."""
    write_tar(tmp_path / "a.tar", sample(1))
    rewrite(tmp_path / "a.tar", tmp_path / "b.tar", terms)
    before, after = read_tar(tmp_path / "a.tar"), read_tar(tmp_path / "b.tar")
    old, new = json.loads(before["000001.json"]), json.loads(after["000001.json"])
    assert new["sha256"] == hashlib.sha256(after["000001.jpg"]).hexdigest() != old["sha256"]
    assert new["md5"] == hashlib.md5(after["000001.jpg"]).hexdigest()
    assert len(after["000001.json"]) == len(before["000001.json"])
    assert {**new, "sha256": 0, "md5": 0} == {**old, "sha256": 0, "md5": 0}


def test_nothing_chosen_gives_the_same_bytes(tmp_path: Path, make_terms: Make) -> None:
    write_tar(tmp_path / "a.tar", [*sample(1), *sample(2)])
    rewrite(tmp_path / "a.tar", tmp_path / "b.tar", make_terms(share=1e-18))
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


def test_the_choice_is_by_content(tmp_path: Path, make_terms: Make) -> None:
    terms = make_terms(share=0.5)
    write_tar(tmp_path / "a.tar", [one for seed in range(12) for one in sample(seed)])
    again = [one for seed in range(11, -1, -1) for one in sample(seed, key=f"other{seed}")]
    write_tar(tmp_path / "c.tar", again)
    first = rewrite(tmp_path / "a.tar", tmp_path / "b.tar", terms)
    second = rewrite(tmp_path / "c.tar", tmp_path / "d.tar", terms)
    chosen = {row.pixels: row.marked for row in first.rows}
    assert {row.pixels: row.marked for row in second.rows} == chosen
    assert set(chosen.values()) == {True, False}
    expected = keyed_number(choice_key(terms.key), read_content(io.BytesIO(jpeg(3))).pixels)
    assert first.rows[3].marked == (expected < 0.5 * DRAWS)


@pytest.mark.parametrize(("per", "key"), [("user", None), ("_", "bob_7")])
def test_each_user_has_a_mark_of_their_own(
    tmp_path: Path, make_terms: Make, per: str, key: str | None
) -> None:
    terms = make_terms(per=per)
    write_tar(tmp_path / "a.tar", [*sample(1, "bob", key), *sample(2, "", "nobody")])
    found = rewrite(tmp_path / "a.tar", tmp_path / "b.tar", terms)
    first, second = found.rows
    mark = get_family("tints").draw(user_key(terms.key, "bob"), 0)
    marked = read_tar(tmp_path / "b.tar")[f"{key or '000001'}.jpg"]
    assert marked == mark_picture(jpeg(1), mark, terms.alpha).data
    assert (first.user, first.marked) == ("bob", True)
    assert (second.user, second.marked, second.reason) == (None, False, "no user is named for it")


@pytest.mark.parametrize("careful", [False, True])
def test_damaged_pictures_stay_as_they_were(
    tmp_path: Path, terms: ShardTerms, careful: bool
) -> None:
    torn = jpeg(1)[:200]
    write_tar(tmp_path / "a.tar", [("1.jpg", torn), ("2.jpg", b"no picture"), *sample(3)])
    found = rewrite(tmp_path / "a.tar", tmp_path / "b.tar", terms, careful)
    after = read_tar(tmp_path / "b.tar")
    assert after["1.jpg"] == torn
    assert after["2.jpg"] == b"no picture"
    assert [bool(row.reason) for row in found.rows] == [True, True, False]


def test_metadata_goes_from_marked_and_unmarked_pictures_alike(
    tmp_path: Path, make_terms: Make
) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (47.0, 22.0, 6.0)}
    members = []
    for seed in range(8):
        file = io.BytesIO()
        Image.fromarray(scene(seed=seed)).save(file, "JPEG", exif=exif)
        members.append((f"{seed}.jpg", file.getvalue()))
    write_tar(tmp_path / "a.tar", members)
    found = rewrite(tmp_path / "a.tar", tmp_path / "b.tar", make_terms(share=0.5, strip="gps"))
    assert {row.marked for row in found.rows} == {True, False}
    for data in read_tar(tmp_path / "b.tar").values():
        assert not Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)


@pytest.mark.parametrize("damage", ["cut", "appended", "no tar"])
def test_a_damaged_shard_is_refused(tmp_path: Path, terms: ShardTerms, damage: str) -> None:
    path = tmp_path / "a.tar"
    write_tar(path, sample(1))
    whole = path.read_bytes()
    path.write_bytes(
        {"cut": whole[:1500], "appended": whole + whole, "no tar": b"x" * 5000}[damage]
    )
    with pytest.raises(FolderError, match="a.tar is no whole tar file"):
        rewrite(path, tmp_path / "b.tar", terms)


def headers(path: Path) -> list[tuple[object, ...]]:
    with tarfile.open(path) as archive:
        return [
            (info.name, info.mtime, info.uname, info.mode, info.type, sorted(info.pax_headers))
            for info in archive
        ]


def png() -> bytes:
    file = io.BytesIO()
    Image.fromarray(scene()).save(file, "PNG")
    return file.getvalue()
