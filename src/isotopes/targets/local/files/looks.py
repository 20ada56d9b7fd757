"""Which format a file looks like, by its first bytes: its name may say another."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

HEAD = 4096  # bytes that are looked at
_PICKLES = range(2, 6)  # versions of Python's pickles
_ONNX = range(3, 32)  # versions of ONNX's format that are in use, and some to come
_LONGEST_HEADER = 100_000_000  # bytes, of safetensors


@dataclass(frozen=True)
class FileLook:
    """A format.

    Attributes:
        words: what to call a file of it.
        kind: the kind of target that asks it; None if there is none.
        advice: what to do with such a file.
        endings: of names of that kind, those that such a file may have; all if none is given.
    """

    words: str
    kind: str | None
    advice: str
    endings: tuple[str, ...] = ()


def _named(ending: str) -> str:
    return f"give it a name that ends in {ending}, and describe it then"


ONNX = FileLook("an ONNX network", "onnx", _named(".onnx"))
TFLITE = FileLook("a TensorFlow Lite model", "litert", _named(".tflite"))
KERAS = FileLook("a Keras model", "keras", _named(".keras"), (".keras",))
HDF5 = FileLook("an HDF5 file, Keras's older format", "keras", _named(".h5"), (".h5", ".hdf5"))
OPENVINO = FileLook("an OpenVINO network", "openvino", _named(".xml"))
TENSORFLOW = FileLook(
    "a TensorFlow SavedModel",
    "tensorflow",
    "name the folder that holds it, as saved_model.pb, and its variables",
    ("saved_model.pb",),
)
SAFETENSORS = FileLook("weights as safetensors", "pytorch", _named(".safetensors"))
TRANSFORMERS = FileLook(
    "a folder of transformers",
    "transformers",
    "check it as it is: --target FOLDER. An encoder is described by an ENCODER.toml instead:"
    " docs/descriptions.md",
)
PICKLE = FileLook(
    "a Python pickle, which can run its author's code when it is loaded",
    None,
    "have it saved as ONNX, or as safetensors",
)
CORE_ML = FileLook(
    "a Core ML model, which runs on Apple's systems only",
    None,
    "ask it there about pictures by `isotopes export-queries`: docs/coreml.md",
)
GGUF = FileLook("a GGUF file, a language model's", None, "have the network saved as ONNX")
HTML = FileLook(
    "a web page", None, "download the file itself: this may be a message of the server's"
)
POINTER = FileLook("a Git LFS pointer", None, "fetch the file that it stands for: git lfs pull")
ARCHIVE = FileLook("a ZIP archive", None, "unpack it, and describe the network in it")
CUT_ARCHIVE = FileLook("a ZIP archive whose end is missing", None, "fetch it again")
EMPTY = FileLook("an empty file", None, "fetch it again")

_FIRST = (
    (b"\x89HDF\r\n\x1a\n", HDF5),
    (b"GGUF", GGUF),
    (b"version https://git-lfs", POINTER),
    (b"\x08\x01\x12", TENSORFLOW),  # schema version 1, then a graph
)


def look_at(path: Path) -> FileLook | None:
    """The format that a file or folder looks like; None if nothing is recognised.

    Nothing in it is run, and little of it read.
    """
    if path.is_dir():
        return _look_at_folder(path)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return None
    if not head:
        return EMPTY
    for first, look in _FIRST:
        if head.startswith(first):
            return look
    if head.startswith(b"PK"):
        return _look_at_archive(path)
    return _look_at_text(head) or _look_at_numbers(head)


def _look_at_folder(path: Path) -> FileLook | None:
    for name, look in (("config.json", TRANSFORMERS), ("saved_model.pb", TENSORFLOW)):
        if (path / name).is_file():
            return look
    return CORE_ML if path.suffix.lower() in {".mlpackage", ".mlmodelc"} else None


def _look_at_archive(path: Path) -> FileLook:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return CUT_ARCHIVE
    if "config.json" in names and "metadata.json" in names:
        return KERAS
    # PyTorch's archives hold a pickle, and torch.export's a program.
    inside = {name.rpartition("/")[2] for name in names}
    return PICKLE if inside & {"data.pkl", "serialized_exported_program.json"} else ARCHIVE


def _look_at_text(head: bytes) -> FileLook | None:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return HTML
    return OPENVINO if text.startswith((b"<?xml", b"<net")) and b"<net" in text else None


def _look_at_numbers(head: bytes) -> FileLook | None:
    if head[4:8] == b"TFL3":
        return TFLITE
    length = int.from_bytes(head[:8], "little")
    if head[8:9] == b"{" and 2 <= length <= _LONGEST_HEADER:
        return SAFETENSORS
    if head[0] == 0x80 and len(head) > 1 and head[1] in _PICKLES:
        return PICKLE
    # The first field of ONNX's protobuf is its version; then comes another field.
    return ONNX if len(head) > 2 and head[0] == 0x08 and head[1] in _ONNX else None
