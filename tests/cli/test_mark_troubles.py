"""What `isotopes mark` says of folders and vaults in which something is wrong."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from command_line import isotopes
from PIL import Image

from isotopes.vault import Vault
from isotopes.vault.damage import find_damaged
from isotopes.vault.keys import sealing


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "v.sqlite"
    monkeypatch.setenv("ISOTOPES_VAULT", str(place))
    monkeypatch.delenv("ISOTOPES_PASSPHRASE", raising=False)
    monkeypatch.setattr(sealing, "SCRYPT_N", 2**4)
    return place


def add_photo(path: Path, seed: int) -> None:
    path.parent.mkdir(exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.mark.parametrize("strip", [(), ("--strip", "all")])
def test_a_folder_in_which_nothing_can_be_marked(
    tmp_path: Path, vault: Path, strip: tuple[str, ...]
) -> None:
    """Every file's reason, what to do, and no vault; what was advised works."""
    add_photo(tmp_path / "in/a.png", 0)
    add_photo(tmp_path / "in/b.bmp", 0)
    words = ("mark", str(tmp_path / "in"), "--out", str(tmp_path / "out"), *strip)
    refused = isotopes(*words)
    assert refused.code == 2
    reasons = " ".join(refused.out.split())
    assert "a.png copied b.bmp shows the same and can't be marked" in reasons
    assert "b.bmp copied unsupported picture format: BMP" in reasons
    assert "--skip-siblings leaves out copies that can't be marked" in refused.err
    assert not vault.exists()
    assert not (tmp_path / "out").exists()
    done = isotopes(*words, "--skip-siblings")
    assert done.code == 0, done.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]
    assert "1 marked" in done.out


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize(("sideways", "told"), [(3, True), (2, False), (0, False)])
def test_a_folder_of_pictures_on_their_side_is_told(
    tmp_path: Path, vault: Path, suffix: str, sideways: int, told: bool
) -> None:
    for number in range(4):
        add_photo(tmp_path / f"made/{number}.png", number)
        with Image.open(tmp_path / f"made/{number}.png") as picture:
            tags = Image.Exif()
            tags[0x0112] = (6, 8, 5)[number] if number < sideways else 1
            place = tmp_path / f"in/{number}.{suffix}"
            place.parent.mkdir(exist_ok=True)
            picture.save(place, exif=tags)
    done = isotopes("mark", str(tmp_path / "in"), "--out", str(tmp_path / "out"))
    assert done.code == 0, done.err
    warning = f"{sideways} of 4 marked pictures are stored on their side"
    assert (warning in " ".join(done.err.split())) == told
    assert ("exiftran -ai" in done.err) == told


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
@pytest.mark.parametrize("damage", ["secret = zeroblob(64)", "secret = x'00'", "alpha = 0.5"])
def test_a_damaged_key_of_an_old_isotope_is_reported(
    tmp_path: Path,
    vault: Path,
    monkeypatch: pytest.MonkeyPatch,
    passphrase: str | None,
    damage: str,
) -> None:
    """A backup made now would hold the damage, too. The hint brings all of them together again."""
    saved, others = tmp_path / "saved", tmp_path / "others"
    for number in range(3):
        add_photo(tmp_path / f"{'june' if number else 'may'}/{number}.png", number)
    if passphrase is not None:
        monkeypatch.setenv("ISOTOPES_PASSPHRASE", passphrase)

    def run(*words: str | Path) -> str:
        done = isotopes(*map(str, words))
        assert done.code == 0, done.err
        return " ".join(done.err.split())

    may = ("mark", tmp_path / "may", "--out", tmp_path / "a", "--name", "old")
    june = ("mark", tmp_path / "june", "--out", tmp_path / "b", "--name", "new")
    assert "the vault is damaged" not in run(*may)
    run("vault", "backup", saved)
    with closing(sqlite3.connect(vault)) as connection, connection:
        connection.execute(f"UPDATE vault_isotopes SET {damage}")
    if passphrase is None and damage == "secret = x'00'":
        refused = isotopes(*map(str, june))
        assert (refused.code, "restore a backup" in refused.err) == (2, True)
        return
    assert "for the marks of these isotopes: old" in run(*june)
    monkeypatch.setenv("ISOTOPES_PASSPHRASE", passphrase or "of the export")
    run("vault", "export", others, "new")
    run("vault", "restore", saved, "--force")
    run("vault", "import", others, *(() if passphrase else ("--no-passphrase",)))
    with Vault.open(vault, None if passphrase is None else lambda: passphrase) as mended:
        assert find_damaged(mended) == []
        assert set(mended.names()) == {"old", "new"}


def test_every_folder_is_named_with_its_isotope(tmp_path: Path, vault: Path) -> None:
    """Those in FOLDER itself, and in a folder within a folder; journals are their owner's alone."""
    for number, folder in enumerate((".", "a", "a/b")):
        (tmp_path / "in" / folder).mkdir(parents=True, exist_ok=True)
        add_photo(tmp_path / "in" / folder / "x.png", number)
    words = ("mark", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--name", "me")
    planned = isotopes(*words, "--per-folder", "--dry-run").out
    done = isotopes(*words, "--per-folder")
    assert done.code == 0, done.err
    for name, where in (("me", "the folder itself"), ("me/a", "a"), ("me/a/b", "a/b")):
        assert f"would mark 1 of 1 pictures as {name} (pictures in {where})\n" in planned
        assert f"isotope {name} (pictures in {where}): commitment sha256:" in done.out
    journals = list((vault.parent / "journals").iterdir())
    assert [stat.S_IMODE(path.stat().st_mode) for path in journals] == [0o600]
    with Vault.open(vault) as opened:
        entries = {name: [e.name for e in opened.files(name)] for name in opened.names()}
    assert entries == {"me": ["x.png"], "me/a": ["a/x.png"], "me/a/b": ["a/b/x.png"]}
