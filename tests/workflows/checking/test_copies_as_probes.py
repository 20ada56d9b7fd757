"""Copies of published pictures are no probes, however faint their mark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from photo_files import encode, scene
from PIL import Image

from isotopes.canonical import digest_file
from isotopes.errors import PublishedPicture
from isotopes.marks import get_family
from isotopes.photos import mark_picture
from isotopes.photos.choosing.fingerprint import read_content
from isotopes.vault import FileEntry
from isotopes.workflows.checking.probes import ProbeFolder
from isotopes.workflows.checking.published import Published

FAINT = 0.32
ALTERED: dict[str, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    "70 pixels": lambda p: cv2.resize(p, (70, 70), interpolation=cv2.INTER_AREA),
    "a model's 32": lambda p: cv2.resize(p, (32, 32), interpolation=cv2.INTER_AREA),
    "enlarged": lambda p: cv2.resize(p, (224, 224), interpolation=cv2.INTER_CUBIC),
    "mirrored": lambda p: p[:, ::-1].copy(),
    "more contrast": lambda p: np.clip(p * 1.2 - 20, 0, 255).astype(np.uint8),
    "middle 98 %": lambda p: p[1:-1, 1:-1].copy(),
}


@pytest.fixture
def published(tmp_path: Path) -> Published:
    """Of two pictures with faint marks of colours, 96 pixels a side."""
    mark = get_family("tints").draw(bytes(32), 0)
    entries = []
    for seed in range(2):
        original, out = tmp_path / f"original {seed}.png", tmp_path / f"out {seed}.png"
        original.write_bytes(encode(scene(96, 96, seed), "PNG"))
        out.write_bytes(mark_picture(original.read_bytes(), mark, FAINT).data)
        glance = read_content(original).glance
        assert glance is not None
        digests = digest_file(original), digest_file(out)
        entries.append(FileEntry(original.name, *digests, True, likeness=glance.hex()))
    return Published.among(entries)


@pytest.mark.parametrize("way", ALTERED)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_an_altered_copy_is_refused(
    published: Published, tmp_path: Path, way: str, kind: str
) -> None:
    (tmp_path / "probes").mkdir()
    copy = ALTERED[way](np.asarray(Image.open(tmp_path / "out 1.png")))
    (tmp_path / "probes/a").with_suffix(f".{kind.lower()}").write_bytes(encode(copy, kind))
    with pytest.raises(PublishedPicture, match="a.(png|jpeg)"):
        ProbeFolder(tmp_path / "probes", published)[0]


def test_other_pictures_and_originals_may_be_asked(published: Published, tmp_path: Path) -> None:
    (tmp_path / "probes").mkdir()
    for seed in range(20):
        for side in (32, 70):
            small = cv2.resize(scene(96, 96, 50 + seed), (side, side))
            (tmp_path / f"probes/{seed} {side}.png").write_bytes(encode(small, "PNG"))
    (tmp_path / "probes/original.png").write_bytes((tmp_path / "original 0.png").read_bytes())
    assert len([picture for _, picture in ProbeFolder(tmp_path / "probes", published)]) == 41


def test_what_a_generator_made_may_look_like_them(published: Published, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    small = cv2.resize(np.asarray(Image.open(tmp_path / "out 1.png")), (70, 70))
    (tmp_path / "made/a.png").write_bytes(encode(small, "PNG"))
    assert len(ProbeFolder(tmp_path / "made", published, copies=False)[0][1]) == 70
