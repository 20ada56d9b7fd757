"""Reads NumPy's files from untrusted sources: nothing in them is run.

All damage raises ValueError. NumPy and zipfile raise a different error for each kind of damage,
among them EOFError, which the command line would take for Ctrl-D.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED

import numpy as np
from numpy.typing import NDArray


def read_archive(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """The arrays with these names in an ``.npz`` file.

    Raises:
        OSError: it can't be read.
        ValueError: it is not an ``.npz`` file, it is damaged, or an array is missing.
    """
    # Opened here: NumPy doesn't close the file if it is not an .npz file.
    with path.open("rb") as file, _told_as_value_error():
        found = np.load(file, allow_pickle=False)
        if not isinstance(found, np.lib.npyio.NpzFile):
            raise ValueError("not an .npz file")
        for name in names:
            if name not in found:
                raise ValueError(f"it holds no array {name!r}")
        # Ours never are, and a few kilobytes can unpack to more than the memory holds.
        parts = [] if found.zip is None else found.zip.infolist()
        if any(part.compress_type != ZIP_STORED for part in parts):
            raise ValueError("its arrays are compressed")
        return {name: found[name] for name in names}


def read_array(path: Path, *, mapped: bool = False) -> NDArray[Any]:
    """The array in an ``.npy`` file; if `mapped` it stays on the disk until it is used.

    Raises:
        OSError: it can't be read.
        ValueError: it is not an ``.npy`` file, or it is damaged.
    """
    with path.open("rb") as file, _told_as_value_error():
        if mapped:
            return np.lib.format.open_memmap(path, "r")
        return np.lib.format.read_array(file, allow_pickle=False)


def read_shape(path: Path) -> tuple[int, ...]:
    """The shape of the array in an ``.npy`` file, without its numbers.

    Raises:
        OSError, ValueError: as `read_array`.
    """
    with path.open("rb") as file, _told_as_value_error():
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        return tuple(read_header(file)[0])


@contextmanager
def _told_as_value_error() -> Iterator[None]:
    try:
        yield
    except OSError:
        raise
    except Exception as error:  # NumPy and zipfile raise anything for a damaged file
        told = str(error)
        if isinstance(error, EOFError) or told.startswith("EOF"):
            told = "it is empty or cut off"
        elif told.startswith("Object arrays"):
            told = "it holds Python objects, and only numbers and texts are read"
        elif "pickle" in told:  # NumPy takes any other file for a pickle
            told = "not an .npz file"
        raise ValueError(told) from error
