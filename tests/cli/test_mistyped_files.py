"""A file that isn't there is what a command complains about, whatever else is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import isotopes


@pytest.fixture(autouse=True)
def _without_a_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISOTOPES_VAULT", str(tmp_path / "v.sqlite"))


@pytest.mark.parametrize("words", [("nowhere.jpg",), ("./nowhere",), ("/nowhere/a.png",)])
def test_a_mistyped_picture_is_no_isotope(words: tuple[str, ...]) -> None:
    done = isotopes("preview", *words)
    assert done.code == 2
    assert done.err.startswith(f"error: there is no file {words[0]}\n")


@pytest.mark.parametrize(
    "asker",
    [
        ("preview", "me", "nowhere"),
        ("check", "me", "--target", "model.onnx", "--probes", "nowhere"),
        ("check", "me", "--target", "model.onnx", "--mine", "nowhere"),
        ("check", "me", "--target", "model.onnx", "--published", "nowhere"),
        ("audit", "me", "--target", "model.onnx", "--probes", "nowhere"),
        ("export-queries", "me", "--model", "m", "--out", "o", "--key", "k", "--probes", "nowhere"),
        ("faces", "check", "me", "--engine", "dlib", "--queries", "nowhere", "--ours", "."),
        ("faces", "check", "me", "--engine", "dlib", "--queries", ".", "--ours", "nowhere"),
        ("evidence", "nowhere.npz", "--out", "b.zip"),
        ("mark", "nowhere", "--out", "o", "--add-to", "me"),
        ("vault", "restore", "nowhere"),
        ("vault", "import", "nowhere"),
        ("vault", "stamp", "--file", "nowhere", "--authority", "http://localhost"),
    ],
)
def test_a_mistyped_file_is_reported_before_the_vault_is_opened(
    asker: tuple[str, ...],
) -> None:
    """There is no vault here, and where there is one nobody types a passphrase for nothing."""
    done = isotopes(*asker)
    assert done.code == 2
    assert "nowhere" in done.err
    assert "no vault" not in done.err
