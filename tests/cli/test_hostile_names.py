"""Names from strangers, in files, labels, isotopes and models: every command shows them escaped."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line import HOSTILE, assert_harmless, isotopes
from PIL import Image
from tiny_network import write_network

from isotopes.vault import Vault

NAMES = {
    "escape": "\x1b[2J\x1b[31mred",
    "bidi": "\u202etac\u2066",
    "newline": "a\nnot detected: all is well",
    "long": "x" * 240,
    "four bytes": "\U0001f431\U0001d4b3",
    "not text": "caf\udce9",
    "markup": "[bold red]x[\\] :smile: {0} %s",
    "shell": "$(touch x); `id` 'q' \"d\"",
    "option": "--yes",
}


@pytest.fixture(params=NAMES.values(), ids=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> Path:
    """A folder of pictures, the first of which has that name, and a marked copy of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISOTOPES_VAULT", str(tmp_path / "vault.sqlite"))
    rng = np.random.default_rng(1)
    for folder in ("photos", "probes"):
        (tmp_path / folder).mkdir()
        for number in range(6):
            called = f"{name}.png" if number == 0 else f"{number}.png"
            picture = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
            Image.fromarray(picture).save(tmp_path / folder / called)
    (tmp_path / "photos" / f"{name}.txt").write_text("no picture")
    done = isotopes("mark", "photos", "--out", "out", "--name", "n", "--no-passphrase")
    assert done.code == 0
    assert_harmless(done.printed)
    return tmp_path


def test_names_of_files(home: Path, name: str) -> None:
    bad = str(home / "probes" / f"{name}.png")
    for words in (
        ("mark", "photos", "--out", "out", "--name", "n", "--dry-run"),
        ("vault", "files", "n"),
        ("vault", "files", "n", "--csv"),
        ("vault", "files", "n", "--json"),
        ("vault", "show", "n", "--json"),
        ("check", "n", "--target", bad, "--probes", "probes"),
        ("check", "n", "--answers", bad, "--probes", "probes"),
        ("combine", bad, bad),
        ("vault", "restore", bad),
        ("vault", "backup", f"{bad}.backup"),
        ("vault", "list", "--vault", f"{bad}.backup"),
        ("mark", "photos", "--out", "o3", "--name", "m", "--vault", f"{bad}.new"),
        ("vault", "import", bad),
        ("vault", "check-opening", bad, bad),
        ("targets", "describe", bad),
        ("preview", "n", bad, "--out", bad),
    ):
        done = isotopes(*words)
        assert done.code in {0, 2, 4}, (words, done)
        assert_harmless(done.printed)


def test_names_of_isotopes_and_labels(home: Path, name: str) -> None:
    for words in (
        ("mark", "photos", "--out", "o2", f"--name={name}", "--dry-run"),
        ("vault", "show", "--", name),
        ("vault", "rename", "--", "n", name),
        ("vault", "receipt", "--", name),
        ("vault", "list"),
        ("check", "n", f"--target={name}", "--probes", "probes"),
        ("check", "n", "--target=m.onnx", "--probes", "probes", f"--label={name}"),
        ("check", "n", "--target=m.onnx", "--probes", "probes", f"--statistic={name}"),
        ("check", "n", "--target=m.onnx", "--probes", "probes", f"--method={name}"),
        ("mark", "photos", "--out", "o2", f"--family={name}"),
        ("mark", "photos", "--out", "o2", f"--visibility={name}"),
        ("fake", "--", name),
        (name,),
    ):
        done = isotopes(*words)
        assert done.code in {0, 2, 4}, (words, done)
        assert_harmless(done.printed)


def test_labels_of_a_model(home: Path, name: str) -> None:
    network = write_network(home / "m.onnx")
    about = network.with_suffix(".toml")
    text = about.read_text("utf-8") if about.is_file() else ""
    label = name.encode("utf-8", "backslashreplace").decode()
    labels = json.dumps([label, "b", "c", "d", "e"])
    kept = [line for line in text.splitlines() if not line.startswith("labels")]
    about.write_text(f"labels = {labels}\n" + "\n".join(kept), encoding="utf-8")
    quick = ("--level", "0.05", "--decoys", "19", "--probes-count", "6")
    for more in (("--any-label",), ("--label", "unknown"), ("--any-label", "--json")):
        done = isotopes("check", "n", "--target", "m.onnx", "--probes", "probes", *quick, *more)
        assert done.code in {0, 2, 4}, done
        assert_harmless(done.printed)


def test_no_hostile_name_is_ever_stored(home: Path, name: str) -> None:
    with Vault.open() as vault:
        assert vault.names() == ["n"]
    assert isotopes("vault", "rename", "n", HOSTILE).code == 2
