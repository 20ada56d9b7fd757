"""NumPy's files, read as what anybody may have written: nothing in them is run.

Damage is told in one way. NumPy and zipfile raise something else for each kind of it, an EOFError
among them, which the command line would take for a person's Ctrl-D.
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
        ValueError: it is no such file, a damaged one, or one without an array of such a name.
    """
    # Opened here: NumPy leaves a file open that is none of its own.
    with path.open("rb") as file, _told_as_value_error():
        found = np.load(file, allow_pickle=False)
        if not isinstance(found, np.lib.npyio.NpzFile):
            raise ValueError("not an .npz file")
        for name in names:
            if name not in found:
                raise ValueError(f"it holds no array {name!r}")
        # Ours never are, and a few kilobytes can unpack to more than there is memory.
        parts = [] if found.zip is None else found.zip.infolist()
        if any(part.compress_type != ZIP_STORED for part in parts):
            raise ValueError("its arrays are compressed")
        return {name: found[name] for name in names}


def read_array(path: Path, *, mapped: bool = False) -> NDArray[Any]:
    """The array in an ``.npy`` file; if `mapped` it stays on the disk until it is used.

    Raises:
        OSError: it can't be read.
        ValueError: it is no such file, or a damaged one.
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
    except Exception as error:  # of a damaged file NumPy and zipfile raise anything
        told = str(error)
        if isinstance(error, EOFError) or told.startswith("EOF"):
            told = "it is empty or cut off"
        elif "pickle" in told:  # what NumPy takes all else for; it tells people how to unpickle it
            told = "not an .npz file"
        raise ValueError(told) from error
