"""More pictures for an isotope that is in the vault, and isotopes that wait for their beacon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import isotopes
from numpy.typing import NDArray
from PIL import Image

from isotopes.photos import read_picture
from isotopes.vault import Isotope, Vault
from isotopes.vault.keys import sealing
from isotopes.verify.methods.terms import committed_terms, differences

Run = Callable[..., str]
GRATINGS = ("--family", "gratings", "--alpha", 0.3)
VALUE = b"a value that was drawn after the receipt was stamped"


def folder_of(place: Path, seed: int, count: int = 6) -> Path:
    rng = np.random.default_rng(seed)
    place.mkdir()
    for index in range(count):
        pixels = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(place / f"{seed}-{index}.png")
    return place


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command, which must end well."""
    monkeypatch.setenv("ISOTOPES_VAULT", str(tmp_path / "vault.sqlite"))
    monkeypatch.setenv("ISOTOPES_PASSPHRASE", "x")
    monkeypatch.setattr(sealing, "SCRYPT_N", 2**4)

    def run_command(*words: object) -> str:
        done = isotopes(*map(str, words))
        assert done.code == 0, done.printed
        return done.printed

    return run_command


def refused(*words: object) -> str:
    """What a command says that is refused."""
    done = isotopes(*map(str, words))
    assert done.code == 2, done.printed
    return done.err


def isotope(tmp_path: Path, name: str) -> Isotope:
    with Vault.open(tmp_path / "vault.sqlite", lambda: "x") as vault:
        return vault.get(name)


def carries(mark: NDArray[np.uint8], before: Path, after: Path) -> bool:
    blended = 0.3 * mark + 0.7 * read_picture(before).astype(float)
    return bool(np.abs(read_picture(after) - blended).max() <= 0.51)


def test_next_months_folder_carries_the_same_mark(tmp_path: Path, run: Run) -> None:
    first, second = folder_of(tmp_path / "may", 1), folder_of(tmp_path / "june", 2)
    run("mark", first, "--out", tmp_path / "may-out", "--name", "me", "--count", 1, *GRATINGS)
    made = isotope(tmp_path, "me")
    run("mark", second, "--out", tmp_path / "june-out", "--add-to", "me", "--count", 3)
    assert isotope(tmp_path, "me") == made
    with Vault.open(tmp_path / "vault.sqlite") as vault:
        entries = vault.files("me")
        assert (vault.summary("me").files, vault.summary("me").marked) == (12, 4)
    mark = made.mark().render(24, 32).pixels
    for entry in entries:
        source = second if entry.name.startswith("2-") else first
        out = source.with_name(f"{source.name}-out")
        assert carries(mark, source / entry.name, out / entry.name) == entry.marked


def test_another_folder_under_the_same_name_is_told_what_to_do(tmp_path: Path, run: Run) -> None:
    first, second = folder_of(tmp_path / "may", 1), folder_of(tmp_path / "june", 2)
    run("mark", first, "--out", tmp_path / "out", "--name", "me")
    told = refused("mark", second, "--out", tmp_path / "out2", "--name", "me")
    assert "made with another folder" in told
    assert "`--add-to me` marks another folder with it" in told


@pytest.mark.parametrize(
    "words", [("--alpha", 0.2), ("--label", "cat"), ("--method", "sequential"), ("--name", "x")]
)
def test_committed_terms_are_not_said_anew(
    tmp_path: Path, run: Run, words: tuple[object, ...]
) -> None:
    first = folder_of(tmp_path / "may", 1)
    run("mark", first, "--out", tmp_path / "out", "--name", "me")
    command = ("mark", first, "--out", tmp_path / "new", "--add-to", "me", *words)
    assert "on the terms that the isotope was committed to" in " ".join(refused(*command).split())
    assert not (tmp_path / "new").exists()


def test_a_prepared_isotope_waits_for_its_beacon(tmp_path: Path, run: Run) -> None:
    source, value = folder_of(tmp_path / "may", 1), tmp_path / "value"
    value.write_bytes(VALUE)
    run("vault", "prepare", "me", "--beacon", "drand, round 7", *GRATINGS)
    prepared = isotope(tmp_path, "me")
    words = ("mark", source, "--add-to", "me", "--count", 2)
    assert "waits for its beacon: drand, round 7" in refused(*words, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    run(*words, "--out", tmp_path / "out", "--beacon", value)
    mixed = isotope(tmp_path, "me")
    assert mixed == replace(prepared, beacon=VALUE.hex())
    mark = mixed.mark().render(24, 32).pixels
    with Vault.open(tmp_path / "vault.sqlite") as vault:
        for entry in vault.files("me"):
            carried = carries(mark, source / entry.name, tmp_path / "out" / entry.name)
            assert carried == entry.marked
    run(*words, "--out", tmp_path / "out", "--beacon", value)  # the same again
    told = refused(*words, "--out", tmp_path / "out", "--beacon", "00" * 32)
    assert "has its beacon already" in told
    run(*words, "--out", tmp_path / "out")


def test_what_is_committed_to_can_be_checked_without_a_difference(tmp_path: Path, run: Run) -> None:
    source = folder_of(tmp_path / "may", 1)
    terms = ("--method", "sequential", "--level", 0.05, "--decoys", 300, "--label", "cat")
    told = run("mark", source, "--out", tmp_path / "out", "--name", "me", *terms)
    assert "isotopes vault backup FILE" in told
    made = isotope(tmp_path, "me")
    assert made.plan == committed_terms("sequential", level=0.05)
    committed = {**made.plan, "decoys": made.decoys, "label": made.label}
    planned = {**committed, "candidates": None}
    assert not list(differences(committed, planned))


def test_a_beacon_needs_an_isotope_that_waits(tmp_path: Path, run: Run) -> None:
    source = folder_of(tmp_path / "may", 1)
    out = ("--out", tmp_path / "out")
    assert "goes with --add-to" in refused("mark", source, *out, "--beacon", "00" * 32)
    run("mark", source, *out, "--name", "me")
    words = ("--add-to", "me", "--beacon", "00" * 32)
    assert "announced no beacon" in refused("mark", source, "--out", tmp_path / "out2", *words)
