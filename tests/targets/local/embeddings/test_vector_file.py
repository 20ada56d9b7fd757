"""Files of embeddings that somebody else got: any good one reads exactly, any other is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from isotopes.errors import TargetUnusable
from isotopes.targets.local.embeddings.vector_file import (
    VectorTable,
    holds_vectors,
    read_vector_table,
)

Vectors = NDArray[np.floating[Any]]
FEW = settings(max_examples=20)  # of as many for each way to write a file
FINITE = st.floats(-(2.0**99), 2.0**99)


def names(count: int) -> list[str]:
    return [f"query-{number:04}.png" for number in range(1, count + 1)]


def as_lines(vectors: Vectors) -> list[str]:
    pairs = zip(names(len(vectors)), vectors.tolist(), strict=True)
    return [json.dumps({"picture": name, "embedding": row}) for name, row in pairs]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def jsonl(folder: Path, vectors: Vectors) -> Path:
    return written(folder / "a.jsonl", "\n".join(as_lines(vectors)).encode())


def windows(folder: Path, vectors: Vectors) -> Path:
    return written(folder / "b.JSONL", "\r\n".join([*as_lines(vectors), ""]).encode("utf-8-sig"))


def power_shell(folder: Path, vectors: Vectors) -> Path:
    return written(folder / "c.jsonl", "\n\n".join(as_lines(vectors)).encode("utf-16"))


def npz(folder: Path, vectors: Vectors) -> Path:
    np.savez(folder / "d.npz", pictures=names(len(vectors)), embeddings=vectors)
    return folder / "d.npz"


def by_columns(folder: Path, vectors: Vectors) -> Path:
    return npz(folder, np.asfortranarray(vectors))


WRITERS: list[Callable[[Path, Vectors], Path]] = [jsonl, windows, power_shell, npz, by_columns]


def read(path: Path) -> VectorTable:
    assert holds_vectors(path)
    return read_vector_table(path)


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
@FEW
@given(
    vectors=st.tuples(st.integers(1, 4), st.integers(1, 5)).flatmap(
        lambda shape: arrays(np.float64, shape, elements=FINITE)
    )
)
def test_what_was_written_is_read_to_the_last_bit(
    write: Callable[[Path, Vectors], Path], kind: type[np.floating[Any]], vectors: Vectors
) -> None:
    vectors = np.where(vectors.any(axis=1, keepdims=True), vectors, 1).astype(kind)
    vectors[np.abs(vectors) < 1e-30] = 1  # of which no row has a length
    with TemporaryDirectory() as folder:
        table = read(write(Path(folder), vectors))
    assert list(table.pictures) == names(len(vectors))
    assert table.vectors.dtype == np.float64
    assert table.vectors.tobytes() == vectors.astype(np.float64).tobytes()


GOOD = np.random.default_rng(4).normal(size=(3, 4))

ODD_NUMBERS = {
    "null": "is None",
    '"0.5"': "is '0.5'",
    "true": "is True",
    "[0.5]": r"is \[0.5\]",
}


@pytest.mark.parametrize(("odd", "told"), ODD_NUMBERS.items())
@FEW
@given(row=st.integers(0, 2), at=st.integers(0, 3))
def test_an_odd_value_is_told_by_row_and_number(odd: str, told: str, row: int, at: int) -> None:
    lines = as_lines(GOOD)
    lines[row] = lines[row].replace(repr(float(GOOD[row, at])), odd)
    with TemporaryDirectory() as folder:
        path = written(Path(folder) / "a.jsonl", "\n".join(lines).encode())
        where = rf"line {row + 1} \('query-000{row + 1}.png'\): number {at + 1} of its embedding "
        with pytest.raises(TargetUnusable, match=where + told) as error:
            read_vector_table(path)
    assert error.value.exit_code == 2
    assert str(path) in str(error.value)


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400])
def test_what_is_no_finite_number_is_told_by_its_line(tmp_path: Path, odd: str) -> None:
    lines = as_lines(GOOD)
    lines[1] = lines[1].replace(repr(float(GOOD[1, 2])), odd)
    with pytest.raises(TargetUnusable, match="line 2.*(is not JSON|too large)"):
        read_vector_table(written(tmp_path / "a.jsonl", "\n".join(lines).encode()))


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
@FEW
@given(row=st.integers(0, 2), at=st.integers(0, 3))
def test_nan_and_infinity_are_told_by_row_and_number(odd: float, row: int, at: int) -> None:
    vectors = GOOD.copy()
    vectors[row, at] = odd
    where = (
        rf"row {row + 1} \('query-000{row + 1}.png'\): number {at + 1} of .* is {odd:g}, and 1 of 3"
    )
    with TemporaryDirectory() as folder, pytest.raises(TargetUnusable, match=where):
        read_vector_table(npz(Path(folder), vectors))


@pytest.mark.parametrize(("value", "length"), [(0.0, "0"), (1e200, "inf"), (1e-200, "0")])
@pytest.mark.parametrize("write", [jsonl, npz])
def test_a_row_without_direction_is_told(
    tmp_path: Path, write: Callable[[Path, Vectors], Path], value: float, length: str
) -> None:
    vectors = GOOD.copy()
    vectors[1] = value
    with pytest.raises(TargetUnusable, match=rf"(line|row) 2 .* has length {length}, and so no"):
        read_vector_table(write(tmp_path, vectors))


@pytest.mark.parametrize("write", [jsonl, npz])
def test_two_rows_of_a_picture_must_agree(
    tmp_path: Path, write: Callable[[Path, Vectors], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "names", lambda count: ["a.png", "b.png", "a.png"])
    same = GOOD[[0, 1, 0]]
    assert len(read_vector_table(write(tmp_path, same)).vectors) == 3
    same[2, 3] += 1
    told = r"(line|row) 1 and (line|row) 3 \('a.png'\) give one picture two embeddings: number 4 is"
    with pytest.raises(TargetUnusable, match=told):
        read_vector_table(write(tmp_path, same))


@pytest.mark.parametrize(
    ("arrays_in_it", "told"),
    [
        ({"embeddings": GOOD}, "holds no array 'pictures'"),
        ({"pictures": names(3)}, "holds no array 'embeddings'"),
        ({"pictures": names(2), "embeddings": GOOD}, "names 2 pictures and holds 3 embeddings"),
        ({"pictures": names(3), "embeddings": GOOD[:, None]}, r"float64 of shape \(3, 1, 4\)"),
        ({"pictures": names(3), "embeddings": GOOD[0]}, r"float64 of shape \(4,\)"),
        ({"pictures": names(3), "embeddings": GOOD[:, :0]}, r"of shape \(3, 0\)"),
        ({"pictures": names(3), "embeddings": GOOD > 0}, r"bool of shape \(3, 4\)"),
        ({"pictures": names(3), "embeddings": GOOD + 1j}, "complex128"),
        ({"pictures": [1, 2, 3], "embeddings": GOOD}, "one for each picture, got int64"),
        ({"pictures": [names(3)], "embeddings": GOOD}, r"of shape \(1, 3\)"),
        ({"pictures": ["a.png", "b.png", ""], "embeddings": GOOD}, "row 3: picture must be a text"),
        (
            {"pictures": np.array([Path("a"), Path("b"), Path("c")]), "embeddings": GOOD},
            "Python objects, and only numbers and texts are read",
        ),
    ],
)
def test_archives_of_another_form_are_told(
    tmp_path: Path, arrays_in_it: dict[str, Any], told: str
) -> None:
    np.savez(tmp_path / "a.npz", **arrays_in_it)
    with pytest.raises(TargetUnusable, match=told) as error:
        read_vector_table(tmp_path / "a.npz")
    assert error.value.hint == "docs/descriptions.md shows the layouts"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[1, 2]", "line 2 must be an object"),
        ("{", "line 2 is not JSON: .* at character 2"),
        ('{"picture": "b.png"}', "line 2 has no field 'embedding'; it has: picture"),
        ('{"embedding": [1]}', "line 2 has no field 'picture'"),
        ('{"picture": 7, "embedding": [1]}', "line 2: picture must be a text .*, got 7"),
        ('{"picture": "b", "embedding": 0.5}', r"line 2 \('b'\): .* list of numbers, got 0.5"),
        ('{"picture": "b", "embedding": []}', r"line 2 \('b'\): .* list of numbers, got \[\]"),
        (
            '{"picture": "b", "embedding": [1]}',
            r"line 2 \('b'\) has 1 numbers, and line 1 .* has 4",
        ),
        ('{"picture": "b", "scores": {"cat": 1}}', "line 2 has no field 'embedding'"),
        ('{"picture": "b", "picture": "c", "embedding": [1]}', "line 2: .* is given twice"),
    ],
)
def test_lines_of_another_form_are_told(tmp_path: Path, line: str, told: str) -> None:
    content = "\n".join([as_lines(GOOD)[0], line]).encode()
    with pytest.raises(TargetUnusable, match=told):
        read_vector_table(written(tmp_path / "a.jsonl", content))


@pytest.mark.parametrize("write", [jsonl, npz])
@FEW
@given(data=st.data())
def test_a_file_cut_short_is_told_or_lacks_rows(
    write: Callable[[Path, Vectors], Path], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        path = write(Path(folder), GOOD)
        whole = path.read_bytes()
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
        try:
            table = read_vector_table(path)
        except TargetUnusable as error:
            assert f"{path} can't be read as saved embeddings: " in str(error)  # noqa: PT017
        else:
            assert path.suffix == ".jsonl"
            assert table.vectors.tolist() == GOOD[: len(table.vectors)].tolist()


@pytest.mark.parametrize("ending", [".jsonl", ".npz", ".npy", ".csv", ""])
@FEW
@given(content=st.binary(max_size=60))
@example(b"PK\x05\x06" + bytes(18))  # an archive of nothing
@example(b"\x93NUMPY\x01\x00")
@example(b'{"embedding": [1], "picture": "\\ud800"}')
def test_anything_else_is_told_in_words(ending: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = written(Path(folder) / f"a{ending}", content)
        holds_vectors(path)
        with pytest.raises(TargetUnusable):
            read_vector_table(path)


def test_no_file_and_a_folder_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.npz").mkdir()
    for name, told in (("a.npz", "is a folder, not a file"), ("b.jsonl", "there is no file")):
        with pytest.raises(TargetUnusable, match=told):
            read_vector_table(tmp_path / name)
