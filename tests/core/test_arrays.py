from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from isotopes.arrays import read_archive, read_array


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", one=np.arange(3), two=np.ones(2, np.bool_))
    found = read_archive(tmp_path / "a.npz", "one")
    assert list(found) == ["one"]
    assert found["one"].tolist() == [0, 1, 2]
    np.save(tmp_path / "a.npy", np.arange(4.0))
    assert read_array(tmp_path / "a.npy", mapped=True).tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="it holds no array 'three'"):
        read_archive(tmp_path / "a.npz", "three")
    with pytest.raises(ValueError, match=r"not an \.npz file"):
        read_archive(tmp_path / "a.npy")
    with pytest.raises(ValueError, match="magic string is not correct"):
        read_array(tmp_path / "a.npz")
    with pytest.raises(FileNotFoundError):
        read_array(tmp_path / "absent.npy")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is empty or cut off"),
        (b"some text", r"not an \.npz file"),
        (pickle.dumps([1]), r"not an \.npz file"),
        (b"PK\x03\x04 and no more", "not a zip file"),
    ],
)
def test_what_is_none_is_a_value_error(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=told):
        read_archive(path, "one")
    for mapped in (False, True):
        with pytest.raises(ValueError, match="magic string is not|it is empty or cut off"):
            read_array(path, mapped=mapped)


def test_any_damage_is_a_value_error(tmp_path: Path) -> None:
    path, rng = tmp_path / "file", np.random.default_rng(0)
    np.savez(path.with_suffix(".npz"), one=np.arange(40.0))
    np.save(path.with_suffix(".npy"), np.arange(40.0))
    for ending in (".npz", ".npy"):
        whole = path.with_suffix(ending).read_bytes()
        refused = 0
        for _ in range(1500):
            damaged = bytearray(whole)
            damaged[int(rng.integers(min(150, len(whole))))] = int(rng.integers(256))
            path.write_bytes(damaged)
            try:  # any other exception fails this test
                _ = read_archive(path, "one") if ending == ".npz" else read_array(path)
            except (ValueError, OSError):
                refused += 1
        assert refused > 500
