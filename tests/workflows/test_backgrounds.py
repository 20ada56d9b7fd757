"""What the vault adds to a verdict's page, and what it keeps back."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from stamping_authority import Authority, serving
from verdict_files import rank_verdict

from isotopes.marks import get_family
from isotopes.photos import mark_picture
from isotopes.report import verdict_page
from isotopes.seeds import derive
from isotopes.vault import FileEntry, Isotope, Vault, new_isotope
from isotopes.verify import Verdict
from isotopes.verify.methods.terms import committed_terms
from isotopes.workflows.backgrounds import backgrounds, with_secrets
from isotopes.workflows.stamping import stamp_and_keep


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "beach.jpg"
    coarse = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)
    Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC).save(path, quality=90)
    return path


@pytest.fixture
def mine(photo: Path) -> Isotope:
    family = get_family("tints")
    alpha = family.visibilities["faint"]
    return new_isotope("holiday", family, alpha, plan=committed_terms(), source=str(photo.parent))


@pytest.fixture
def vault(tmp_path: Path, mine: Isotope, photo: Path) -> Vault:
    made = Vault.create(tmp_path / "vault.sqlite", lambda: "four unusual words together")
    made.add(mine)
    before = f"sha256:{hashlib.sha256(photo.read_bytes()).hexdigest()}"
    made.record_files(
        mine.name,
        [
            FileEntry(photo.name, before, before[:-1] + "0", True, added="2026-03-01T09:31:00Z"),
            FileEntry("b.jpg", before[:-1] + "1", before, False, added="2026-03-02T09:31:00Z"),
        ],
    )
    return made


def test_dates_strength_and_numbers_need_no_passphrase(vault: Vault, mine: Isotope) -> None:
    with Vault.open(vault.location.path) as locked:
        (found,) = backgrounds(locked, [mine.commitment, "sha256:other", mine.commitment])
    assert (found.isotope, found.family, found.strength) == (
        "holiday",
        "tints",
        f"faint ({mine.alpha:g})",
    )
    assert (found.marked, found.pictures) == (1, 2)
    assert found.committed == mine.created
    assert (found.marked_first, found.marked_last) == (
        "2026-03-01T09:31:00Z",
        "2026-03-02T09:31:00Z",
    )
    assert found.receipt_stamps == found.plan_stamps == ()
    assert found.asked is None


def test_a_shared_page_holds_nothing_drawn_by_the_key(vault: Vault, mine: Isotope) -> None:
    (found,) = backgrounds(vault, [mine.commitment])
    assert found.specimen is not None
    assert found.secrets == ()
    shown = np.asarray(Image.open(io.BytesIO(found.specimen.data)))
    family = mine.draw_family()
    public = family.draw(derive(bytes(32), "isotopes/v1/looked-at"), 0).render(256, 256).pixels
    assert np.array_equal(shown, public)
    drawn = [mine.draw(at).render(256, 256).pixels for at in (0, 1, 2)]
    assert not any(np.array_equal(shown, one) for one in drawn)


def test_the_owner_sees_the_mark_and_a_pair(vault: Vault, mine: Isotope, photo: Path) -> None:
    (found,) = backgrounds(vault, [mine.commitment])
    mark, before, after = with_secrets(found, mine, vault.files(mine.name)).secrets
    pixels = np.asarray(Image.open(io.BytesIO(mark.data)))
    assert np.array_equal(pixels, mine.mark().render(256, 256).pixels)
    original = np.asarray(Image.open(photo)).astype(float)
    published = mark_picture(photo.read_bytes(), mine.mark(), mine.alpha).data
    marked = np.asarray(Image.open(io.BytesIO(published))).astype(float)
    for picture, like, unlike in ((before, original, marked), (after, marked, original)):
        seen = np.asarray(Image.open(io.BytesIO(picture.data))).astype(float)
        assert np.abs(seen - like).mean() < np.abs(seen - unlike).mean()
    verdict = Verdict.from_dict(rank_verdict(commitment=mine.commitment))
    page = verdict_page(verdict, [replace(found, secrets=(mark, before, after))])
    assert "For your eyes only." in page


def test_an_edited_original_is_not_shown(vault: Vault, mine: Isotope, photo: Path) -> None:
    Image.new("RGB", (40, 40)).save(photo)
    (found,) = backgrounds(vault, [mine.commitment])
    assert len(with_secrets(found, mine, vault.files(mine.name)).secrets) == 1


def test_a_picked_mark_is_never_a_specimen(tmp_path: Path, photo: Path) -> None:
    family = get_family("image_blend", {"picture": str(photo), "pool": str(tmp_path)})
    picked = new_isotope("mine", family, 0.4, decoys=0, plan=committed_terms())
    with Vault.create(tmp_path / "other.sqlite") as vault:
        vault.add(picked)
        (found,) = backgrounds(vault, [picked.commitment])
    assert found.specimen is None


def test_kept_stamps_are_shown_with_their_time(vault: Vault, mine: Isotope, tmp_path: Path) -> None:
    plan = b"a plan"
    plan_hash = f"sha256:{hashlib.sha256(plan).hexdigest()}"
    with serving(Authority(tmp_path / "authority", "authority")) as address:
        stamp_and_keep(vault, mine.receipt().stamped, [address])
        stamp_and_keep(vault, plan, [address])
    vault.keep_stamp(plan_hash, b"not a stamp", "http://broken.example")
    (found,) = backgrounds(vault, [mine.commitment], plan_hash=plan_hash)
    (receipt,) = found.receipt_stamps
    assert receipt.authority == address
    assert (receipt.time or "").startswith("20")
    assert {one.authority: one.time is None for one in found.plan_stamps} == {
        address: False,
        "http://broken.example": True,
    }
