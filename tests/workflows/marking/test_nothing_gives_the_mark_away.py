"""No file of an output folder tells the mark of another: every pair of pictures is tried."""

from __future__ import annotations

import base64
import gzip
import io
import itertools
import zipfile
from collections.abc import Collection, Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest
from mark_recovery import LIMIT, recovered
from photo_files import encode, exif
from PIL import Image
from same_process import SameProcess

from isotopes.errors import FolderError
from isotopes.marks import Mark
from isotopes.photos import Fate, read_picture
from isotopes.vault import Vault
from isotopes.workflows.marking import MarkRequest, mark_into_vault, survey

ALPHA = 0.4


def photo(
    seed: int, height: int = 150, width: int = 200, cells: tuple[int, ...] = (3, 6, 12, 25, 50, 100)
) -> np.ndarray:
    """With detail at all scales, so that two of them have nothing in common."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for down in cells:
        coarse = rng.normal(0, 25, (down, down * 4 // 3, 3)).astype(np.float32)
        picture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(picture + 128, 0, 255).astype(np.uint8)


def resized(picture: np.ndarray, scale: float) -> np.ndarray:
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def sepia(picture: np.ndarray) -> np.ndarray:
    tones = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
    return np.clip(picture @ tones.T, 0, 255).astype(np.uint8)


def with_orientation(stored: np.ndarray, orientation: int) -> bytes:
    return encode(stored, "JPEG", exif=exif(orientation).tobytes())


def spliced(head: bytes, tail: bytes) -> bytes:
    """The coded pixels of one picture, and from two thirds on those of another."""
    place = len(head) * 2 // 3
    return head[:place] + tail[len(tail) * 2 // 3 :]


# Copies as they lie in real folders: by messengers, editors, exports, backups and bursts.
COPIES = {
    "copy.jpg": lambda p: encode(p, "JPEG"),
    "again.jpg": lambda p: encode(Image.fromarray(p), "JPEG", comment=b"other metadata"),
    "quality 30.jpg": lambda p: encode(p, "JPEG", quality=30),
    "small.jpg": lambda p: encode(resized(p, 0.4), "JPEG"),
    "exported.png": lambda p: encode(p, "PNG"),
    "messenger.webp": lambda p: encode(resized(p, 0.6), "WEBP", quality=60),
    "scan.tif": lambda p: encode(p, "TIFF"),
    "grey.jpg": lambda p: encode(Image.fromarray(p).convert("L"), "JPEG"),
    "upright by exif.jpg": lambda p: with_orientation(np.rot90(p).copy(), 6),
    "deep.png": lambda p: cv2.imencode(".png", p[..., ::-1].astype(np.uint16) * 257)[1].tobytes(),
    # These can't be marked, or not together:
    "contrast.jpg": lambda p: encode(np.clip(p * 1.15 - 9, 0, 255).astype(np.uint8), "JPEG"),
    "a little contrast.jpg": lambda p: encode(
        np.clip(p * 1.05 - 5, 0, 255).astype(np.uint8), "JPEG"
    ),
    "old.bmp": lambda p: encode(resized(p, 0.5), "BMP"),
    "old.gif": lambda p: encode(p, "GIF"),
    "print.jpg": lambda p: encode(Image.fromarray(p).convert("CMYK"), "JPEG"),
    "mirrored.jpg": lambda p: encode(p[:, ::-1].copy(), "JPEG"),
    "sepia.jpg": lambda p: encode(sepia(p), "JPEG"),
    "captioned.jpg": lambda p: encode(
        cv2.putText(p.copy(), "me", (9, 140), 0, 0.6, (255, 255, 255)), "JPEG"
    ),
    "cropped.jpg": lambda p: encode(p[1:-2, 2:-2].copy(), "JPEG"),
    "square.jpg": lambda p: encode(p[:, 20:170].copy(), "JPEG"),
    "bordered.jpg": lambda p: encode(
        cv2.copyMakeBorder(p, 9, 9, 9, 9, cv2.BORDER_CONSTANT, value=(255, 255, 255)), "JPEG"
    ),
    "banner.jpg": lambda p: encode(np.concatenate([p[:125], p[125:] * 0]), "JPEG"),
    "collage.jpg": lambda p: encode(np.concatenate([p, photo(99)], axis=1), "JPEG"),
    "spliced.jpg": lambda p: spliced(encode(p, "JPEG"), encode(photo(99), "JPEG")),
    "on its side.jpg": lambda p: encode(np.rot90(p).copy(), "JPEG"),
    "scan.tga": lambda p: encode(p, "TGA"),
    "texture.dds": lambda p: encode(p, "DDS"),
    "old.pcx": lambda p: encode(p, "PCX"),
    "without a suffix": lambda p: encode(p, "PPM"),
    "backup.jpg_original": lambda p: encode(p, "JPEG", quality=92),
}


def mark_all(folder: Path, **settings: object) -> tuple[dict[str, Fate], Mark, Path]:
    """Fates by name, the mark, and the output."""
    request = MarkRequest(folder / "in", folder / "out", "n", alpha=ALPHA, **settings)
    vault = Vault.create(folder / "v.sqlite")
    workers = SameProcess()
    done = mark_into_vault(request, vault, survey(request, workers), workers)
    mark = vault.get("n").mark()
    return {o.name: o.fate for o in done.summary.outcomes}, mark, request.output


def worst_leak(
    output: Path, fates: dict[str, Fate], mark: Mark, scenes: Iterable[Collection[str]]
) -> tuple[float, str, str]:
    """The largest, of a marked picture by another of the same scene."""
    found = [(0.0, "", "")]
    for names in scenes:
        pictures = {name: read_picture(output / name) for name in names}
        for name, other in itertools.permutations(pictures, 2):
            if fates[name] is Fate.MARKED:
                marked = pictures[name]
                rendered = mark.render(*marked.shape[:2]).pixels
                found.append((recovered(marked, pictures[other], rendered, ALPHA), name, other))
    return max(found)


def test_the_attack_works_on_what_it_is_for() -> None:
    """Else the tests below would prove nothing."""
    from isotopes.blending import Insertion
    from isotopes.marks import get_family

    mark = get_family("gratings").draw(bytes(32), 0)
    marked = Insertion.blend(ALPHA).apply(photo(0), mark)
    rendered = mark.render(150, 200).pixels
    assert recovered(marked, photo(0), rendered, ALPHA) > 0.95
    assert recovered(marked, np.rot90(resized(photo(0), 0.5)), rendered, ALPHA) > 0.8
    assert recovered(marked, marked, rendered, ALPHA) < LIMIT
    assert recovered(marked, photo(1), rendered, ALPHA) < LIMIT
    turned = Insertion.blend(ALPHA).apply(photo(0)[:, ::-1].copy(), mark)
    assert recovered(marked, turned, rendered, ALPHA) > LIMIT


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_of_any_kind_tells_nothing(tmp_path: Path, copy: str) -> None:
    (tmp_path / "in").mkdir()
    for seed in range(8):
        (tmp_path / f"in/IMG_{seed}.jpg").write_bytes(encode(photo(seed), "JPEG"))
    scenes = [(f"IMG_{seed}.jpg", f"IMG_{seed} {copy}") for seed in range(4)]
    for seed, (_, name) in enumerate(scenes):
        (tmp_path / "in" / name).write_bytes(COPIES[copy](photo(seed)))
    fates, mark, output = mark_all(tmp_path, share=1.0)
    assert {fates[f"IMG_{seed}.jpg"] for seed in range(4, 8)} == {Fate.MARKED}
    leak, *where = worst_leak(output, fates, mark, scenes)
    assert leak < LIMIT, where


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_a_folder_with_all_of_them_tells_nothing(tmp_path: Path, share: float) -> None:
    """Some groups are marked, some are not, and some can't be."""
    (tmp_path / "in/album").mkdir(parents=True)
    scenes = []
    for seed, (name, change) in enumerate(COPIES.items()):
        (tmp_path / f"in/IMG_{seed}.jpg").write_bytes(encode(photo(seed), "JPEG"))
        (tmp_path / f"in/album/{name}").write_bytes(change(photo(seed)))
        scenes.append((f"IMG_{seed}.jpg", f"album/{name}"))
    fates, mark, output = mark_all(tmp_path, share=share)
    assert {fates[name] for name in fates} == {Fate.MARKED, Fate.COPIED}
    leak, *where = worst_leak(output, fates, mark, scenes)
    assert leak < LIMIT, where


def test_a_burst_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    scenes = []
    for number in range(3):
        wide = photo(number, 180, 240, (4, 8, 16))
        scenes.append([f"IMG_{number}{shot}.jpg" for shot in range(3)])
        for shot, name in enumerate(scenes[-1]):
            view = wide[4 * shot : 4 * shot + 150, 6 * shot : 6 * shot + 200].copy()
            block = Image.Exif()
            block[0x8769] = {0x9003: f"2026:05:0{number + 1} 10:00:0{shot}"}
            (tmp_path / "in" / name).write_bytes(encode(view, "JPEG", exif=block.tobytes()))
    fates, mark, output = mark_all(tmp_path, count=3)
    marked = {name for name, fate in fates.items() if fate is Fate.MARKED}
    assert marked in [set(names) for names in scenes]
    leak, *where = worst_leak(output, fates, mark, scenes)
    assert leak < LIMIT, where


def test_copies_in_other_folders_carry_the_same_mark(tmp_path: Path) -> None:
    """Two marks on one picture would tell their difference."""
    for folder in ("cats", "dogs"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        for seed in range(3):
            path = tmp_path / "in" / folder / f"{seed}.jpg"
            path.write_bytes(encode(photo(seed + 10 * (folder == "dogs")), "JPEG"))
    (tmp_path / "in/dogs/copy.jpg").write_bytes(encode(photo(1), "JPEG", quality=60))
    request = MarkRequest(tmp_path / "in", tmp_path / "out", "n", share=1.0, per_folder=True)
    found = survey(request, SameProcess())
    groups = {group.name: group.markable for group in found.groups}
    assert groups["n/cats"] == ("cats/0.jpg", "cats/1.jpg", "cats/2.jpg", "dogs/copy.jpg")
    assert groups["n/dogs"] == ("dogs/0.jpg", "dogs/1.jpg", "dogs/2.jpg")


def test_siblings_are_told_and_left_out_where_that_is_asked(tmp_path: Path) -> None:
    """All of them: a film that is missing would tell that its picture carries the mark."""
    (tmp_path / "in").mkdir()
    for seed in range(4):
        (tmp_path / f"in/IMG_{seed}.jpg").write_bytes(encode(photo(seed), "JPEG"))
        (tmp_path / f"in/IMG_{seed}.MOV").write_bytes(b"\0\0\0\x14ftypqt  film")
        (tmp_path / f"in/IMG_{seed}.CR2").write_bytes(b"II*\0\x10\0\0\0CR\2\0")
    (tmp_path / "in/IMG_0.AAE").write_bytes(b"<plist/>")
    (tmp_path / "in/readme.txt").write_text("four pictures")
    request = MarkRequest(tmp_path / "in", tmp_path / "out", "n", share=0.5)
    found = survey(request, SameProcess())
    assert len(found.siblings) == 9
    assert {sibling.name for sibling in found.siblings} <= found.published
    fates, _, output = mark_all(tmp_path, share=0.5, skip_siblings=True)
    left = {path.name for path in output.iterdir()}
    assert left == {"IMG_0.jpg", "IMG_1.jpg", "IMG_2.jpg", "IMG_3.jpg", "readme.txt"}
    assert fates["IMG_3.MOV"] is Fate.SKIPPED


def test_a_picture_with_a_grey_copy_stays_unmarked_where_the_mark_is_colour(tmp_path: Path) -> None:
    """All of a group are marked, or none; the grey copy can't be."""
    (tmp_path / "in").mkdir()
    for seed in range(3):
        (tmp_path / f"in/{seed}.jpg").write_bytes(encode(photo(seed), "JPEG"))
    grey = COPIES["grey.jpg"]
    (tmp_path / "in/0 grey.jpg").write_bytes(grey(photo(0)))
    (tmp_path / "in/only grey.jpg").write_bytes(grey(photo(9)))
    fates, _, _ = mark_all(tmp_path, share=1.0, family="tints")
    assert {name for name in fates if fates[name] is Fate.MARKED} == {"1.jpg", "2.jpg"}
    request = MarkRequest(tmp_path / "in", tmp_path / "o", "n", share=1.0, family="tints")
    found = survey(request, SameProcess())
    (group,) = found.alike
    assert group.obstacle.startswith("0 grey.jpg ")


def test_a_refusal_names_the_copy_that_stands_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jpg").write_bytes(encode(photo(0), "JPEG"))
    (tmp_path / "in/twin.bmp").write_bytes(encode(photo(0), "BMP"))
    with pytest.raises(FolderError, match="twin.bmp shows the same and can't be marked") as caught:
        mark_all(tmp_path, share=1.0)
    assert "--skip-siblings leaves out copies that can't be marked" in str(caught.value.hint)


def film_of(picture: np.ndarray) -> bytes:
    out = io.BytesIO()
    frames = [Image.fromarray(picture), Image.fromarray(255 - picture)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


# Copies of a picture that can't carry the mark of `tints`.
UNMARKABLE = {
    "old.bmp": lambda p: encode(resized(p, 0.5), "BMP"),
    "old.gif": lambda p: encode(p, "GIF"),
    "moving.gif": film_of,
    "cut off.jpg": lambda p: encode(p, "JPEG", quality=98)[:-400],
    "print.jpg": lambda p: encode(Image.fromarray(p).convert("CMYK"), "JPEG"),
    "grey.jpg": lambda p: encode(Image.fromarray(p).convert("L"), "JPEG"),
}


@pytest.mark.parametrize("copy", UNMARKABLE)
@pytest.mark.parametrize("share", [0.5, 1.0])
def test_copies_that_cannot_be_marked_are_left_out_where_that_is_asked(
    tmp_path: Path, copy: str, share: float
) -> None:
    """All of them, as a gap would tell which picture carries the mark."""
    (tmp_path / "in").mkdir()
    for seed in range(2):
        (tmp_path / f"in/{seed}.jpg").write_bytes(encode(photo(seed), "JPEG"))
        (tmp_path / f"in/{seed} {copy}").write_bytes(UNMARKABLE[copy](photo(seed)))
    (tmp_path / "in/note.txt").write_text("stays")
    fates, _, output = mark_all(tmp_path, share=share, family="tints", skip_siblings=True)
    assert sum(fate is Fate.MARKED for fate in fates.values()) == 2 * share
    copies = {name for name, fate in fates.items() if fate is Fate.SKIPPED}
    assert copies == {f"0 {copy}", f"1 {copy}"}
    assert {path.name for path in output.iterdir()} == {"0.jpg", "1.jpg", "note.txt"}


def archive(inside: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("word/media/image1.jpg", inside)
    return out.getvalue()


# A picture inside other files, none of which Pillow can open.
WRAPPINGS = {
    "a.pdf": lambda jpeg: b"%PDF-1.4\n1 0 obj<</Filter/DCTDecode>>stream\n" + jpeg,
    "a.svg": lambda jpeg: (
        b'<svg><image href="data:;base64,' + base64.b64encode(jpeg) + b'"/></svg>'
    ),
    "a.html": lambda jpeg: b"<html><img src=data:;base64," + base64.b64encode(jpeg) + b">",
    "notes.md": lambda jpeg: b"![](data:image/jpeg;base64," + base64.b64encode(jpeg) + b")",
    "mail.eml": lambda jpeg: b"Content-Type: image/jpeg\n\n" + base64.encodebytes(jpeg),
    "dump.hex": lambda jpeg: jpeg.hex().encode(),
    "a.zip": archive,
    "a.docx": archive,
    "a": archive,
    "a.bin": lambda jpeg: b"header\0" * 9 + jpeg,
    "far.bin": lambda jpeg: bytes(2**20 - 3) + jpeg,
    "a.tar": lambda jpeg: b"a.jpg".ljust(257, b"\0") + b"ustar\0" + bytes(249) + jpeg,
    "thumbs.sqlite": lambda jpeg: b"SQLite format 3\0" + bytes(500) + jpeg,
    "a.json.gz": gzip.compress,
    "a.mov": lambda jpeg: b"\0\0\0\x14ftypqt  film",
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_files_with_a_picture_in_them_are_told_and_left_out(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/IMG_0.jpg").write_bytes(encode(photo(0), "JPEG"))
    (tmp_path / "in/caption.txt").write_text("a picture: " + "könig " * 99)
    (tmp_path / "in" / name).write_bytes(WRAPPINGS[name](encode(photo(0), "JPEG", quality=80)))
    request = MarkRequest(tmp_path / "in", tmp_path / "out", "n", share=1.0)
    found = survey(request, SameProcess())
    assert [sibling.name for sibling in found.siblings] == [name]
    fates, _, output = mark_all(tmp_path, share=1.0, skip_siblings=True)
    assert fates[name] is Fate.SKIPPED
    assert sorted(path.name for path in output.iterdir()) == ["IMG_0.jpg", "caption.txt"]
