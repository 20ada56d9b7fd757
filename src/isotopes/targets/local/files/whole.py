"""Is a network's file whole? One function for each format, which runs nothing that is in it.

They look at a file's structure, not at its numbers: each notices a file that is cut short, and
most that are something else. Each raises ValueError with what is wrong, as part of a sentence,
OtherFileWrong if it is wrong with a file that belongs to it, and OSError if the file can't be read.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from isotopes.targets.local.files.onnx_files import external_files
from isotopes.targets.local.files.protobuf import mapped, parts

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Where an HDF5 file's first block says how long addresses are, and the file; by the block's version
# (HDF5 File Format Specification, II.A).
_PLACES_IN_HDF5 = {0: (13, 40), 1: (13, 44), 2: (9, 28), 3: (9, 28)}
# TensorFlow's variables.index is a LevelDB table, which ends so.
_END_OF_INDEX = bytes.fromhex("57fb808b247547db")
_LARGEST_HEADER = 100_000_000  # bytes, of safetensors
_WEIGHTS = "variables"


class OtherFileWrong(ValueError):  # noqa: N818 - reads as a sentence where it is caught
    """Something is wrong with a file that belongs to the one that was named.

    Attributes:
        path: that file.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(why)
        self.path = path


def check_onnx(path: Path) -> None:
    """An ONNX network, with the files that it reads its weights from."""
    for name, needed in external_files(path).items():
        _check_other(path, path.parent / name, needed)


def check_tflite(path: Path) -> None:
    """A TensorFlow Lite model: its first bytes. What runs it verifies the rest."""
    with path.open("rb") as file:
        head = file.read(8)
    if head[4:] != b"TFL3" or int.from_bytes(head[:4], "little") >= path.stat().st_size:
        raise ValueError("it doesn't begin as such a file does")


def check_openvino(path: Path) -> None:
    """An OpenVINO network: its graph in XML, and how long the file of its weights has to be."""
    needed, root = 0, None
    try:
        for event, element in ElementTree.iterparse(path, events=("start", "end")):
            root = element.tag if root is None else root
            if event == "end":
                if element.tag == "data" and "element_type" in element.keys():  # noqa: SIM118
                    needed = max(needed, _end_of_weights(element))
                element.clear()
    except ElementTree.ParseError as error:
        raise ValueError(f"its XML breaks off, or is none, in line {error.position[0]}") from None
    if root != "net":
        raise ValueError("its XML is of something else")
    _check_other(path, path.with_suffix(".bin"), needed)


def _end_of_weights(about: ElementTree.Element) -> int:
    offset, size = about.get("offset", ""), about.get("size", "")
    return int(offset) + int(size) if offset.isdigit() and size.isdigit() else 0


def check_tensorflow(path: Path) -> None:
    """A SavedModel's graph with its variables, or a frozen graph."""
    saved = path.name == "saved_model.pb"
    with mapped(path) as data:
        found = {field for field, _, _ in parts(data, 0, len(data))}  # to the file's end
        if (2 if saved else 1) not in found:
            raise ValueError("it ends before its graph begins")
    index = path.parent / _WEIGHTS / f"{_WEIGHTS}.index"
    shards = sorted(index.parent.glob(f"{_WEIGHTS}.data-*"))
    if not saved or not (shards or index.exists()):
        return  # its graph holds all its numbers
    for file in [index, *(shards or [index.with_suffix(".data-00000-of-00001")])]:
        _check_other(path, file, 1)
    if not index.read_bytes().endswith(_END_OF_INDEX):
        raise OtherFileWrong(index, "is cut short or damaged: its end is missing")


def check_keras(path: Path) -> None:
    """A Keras model: a ZIP archive, or an HDF5 file."""
    if path.suffix.lower() != ".keras":
        check_hdf5(path)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise ValueError("its list of contents, which comes last, isn't there") from None
    if "config.json" not in names:
        raise ValueError("it holds no config.json")


def check_hdf5(path: Path) -> None:
    """An HDF5 file: as long as it says that it is."""
    with path.open("rb") as file:
        head = file.read(64)
    if not head.startswith(_SIGNATURE):
        raise ValueError("it doesn't begin as such a file does")
    places = _PLACES_IN_HDF5.get(head[8]) if len(head) == 64 else None
    if places is None:
        raise ValueError("its first block is cut short, or none")
    width, end = places
    if head[width] == 8:  # bytes, as nearly always
        _check_length(path, int.from_bytes(head[end : end + 8], "little"))


def check_safetensors(path: Path) -> None:
    """Weights as safetensors: a header in JSON, and as many bytes after it as it says."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > _LARGEST_HEADER:
            raise ValueError("it doesn't begin as such a file does")
        header = file.read(length)
    try:
        about = json.loads(header)
        ends = [one["data_offsets"][1] for name, one in about.items() if name != "__metadata__"]
        needed = 8 + length + max(map(int, ends), default=0)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise ValueError("its header is cut short, or is none") from None
    _check_length(path, needed)


def _check_length(path: Path, needed: int) -> None:
    size = path.stat().st_size
    if size < needed:
        raise ValueError(f"it has {size:,} of {needed:,} bytes")


def _check_other(path: Path, other: Path, needed: int) -> None:
    """Check that `path` finds so many bytes in `other`."""
    if not needed:
        return
    if not other.exists():
        raise OtherFileWrong(other, f"is missing: {path.name} needs it")
    size = other.stat().st_size if other.is_file() else needed
    if size < needed:
        what = "is cut short or damaged" if size else "is an empty file"
        raise OtherFileWrong(
            other, f"{what}: {path.name} needs {needed:,} bytes of it, not {size:,}"
        )
