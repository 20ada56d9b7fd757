"""Any changed byte of what is handed over is found: evidence with own pictures, and a claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from linear_model import SIDE, LinearModel
from PIL import Image
from same_process import SameProcess

from isotopes.errors import FolderError
from isotopes.report.pages.pdf import VARIABLE
from isotopes.vault import Vault
from isotopes.verify import Outcome
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.own_pictures import find_own_pictures
from isotopes.workflows.checking.run import check_model
from isotopes.workflows.claims import read_claim
from isotopes.workflows.evidence import Bundle, make_bundle, verify_bundle, write_bundle
from isotopes.workflows.evidence.bundle import ALWAYS, MANIFEST, OPENING
from isotopes.workflows.marking import MarkRequest, mark_into_vault, survey

PARTS = sorted({*ALWAYS, OPENING, MANIFEST})
PHOTOS = 8


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bundle]:
    """Photos were marked, a guilty model was asked about them, and all parts are opened."""
    folder = tmp_path_factory.mktemp("own")
    photos, kept = folder / "photos", folder / "kept.npz"
    photos.mkdir()
    coarse = np.random.default_rng(8).integers(0, 256, (PHOTOS, 4, 4, 3), np.uint8)
    for number, picture in enumerate(coarse.repeat(SIDE // 4, axis=1).repeat(SIDE // 4, axis=2)):
        Image.fromarray(picture).save(photos / f"{number}.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "no-such-browser")  # to print a page takes seconds
        with Vault.create(folder / "vault.db") as vault:
            request = MarkRequest(
                photos, folder / "published", "me", family="gratings", alpha=0.4, label="cat"
            )
            mark_into_vault(request, vault, survey(request, SameProcess()), SameProcess())
            mine = vault.get("me")
            found = check_model(
                mine,
                LinearModel(mine, 4.0),
                [],
                Terms(decoys=19, level=0.05),
                own=find_own_pictures(mine, vault.files("me")),
                answers_path=kept,
            )
            assert (found.verdict, found.own) == (Outcome.DETECTED, 6)
            yield make_bundle(kept, vault, reveal=True)


def flipped(bundle: Bundle, name: str) -> Iterator[Bundle]:
    """The bundle with one bit of this part changed: at its beginning, middle and end."""
    content = bundle.manifest if name == MANIFEST else bundle.parts[name]
    for place in (0, len(content) // 2, len(content) - 1):
        changed = bytearray(content)
        changed[place] ^= 1 << (place % 8)
        if name == MANIFEST:
            yield replace(bundle, manifest=bytes(changed))
        else:
            yield replace(bundle, parts={**bundle.parts, name: bytes(changed)})


def failing(bundle: Bundle) -> set[str]:
    return {found.part for found in verify_bundle(bundle) if found.holds is False}


@pytest.mark.parametrize("name", PARTS)
def test_in_evidence_with_own_pictures(bundle: Bundle, name: str) -> None:
    assert bundle.parts.keys() == {*PARTS} - {MANIFEST}
    assert failing(bundle) == set()
    for forged in flipped(bundle, name):
        assert failing(forged) & {name, MANIFEST}


@pytest.mark.parametrize("name", PARTS)
def test_in_a_claim(bundle: Bundle, name: str, tmp_path: Path) -> None:
    write_bundle(bundle, tmp_path / "honest.zip")
    assert read_claim(tmp_path / "honest.zip").verdict.own == 6
    for number, forged in enumerate(flipped(bundle, name)):
        path = tmp_path / f"{number}.zip"
        write_bundle(forged, path)
        with pytest.raises(FolderError, match="was altered or damaged"):
            read_claim(path)
