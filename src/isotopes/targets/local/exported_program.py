"""Loads what `torch.export.save` wrote, without letting the file run anything.

`torch.export.load` by itself unpickles example inputs, constants and some weights, evaluates the
texts that describe sizes and guards, and calls whatever function of torch a graph names. A file of
somebody else's could do anything by that. So a copy is loaded from which examples and guards are
gone, and a file that needs any of the others is refused: a classifier needs none.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isotopes.errors import TargetUnusable

if TYPE_CHECKING:
    from torch.export import ExportedProgram

_OPERATION = re.compile(
    r"torch\.ops\.aten\.\w+\.\w+|_operator\.(add|sub|mul|floordiv|mod|neg|getitem|eq|ne|lt|le|gt|ge)"
)
_SIZE = re.compile(
    r"(?:[\d\s(),=-]|'[su]\d+'|[su]\d+|[A-Z][A-Za-z]*|positive|integer|nonnegative)*"
)
_PARTS = re.compile(
    r"models/\w+\.json|data/(weights|constants)/([a-z]+_\d+|\w+_config\.json)|\.data/\w+"
    r"|data/sample_inputs/\w+\.pt|archive_format|archive_version|byteorder|version"
)


def load_program(path: Path) -> ExportedProgram:
    """The program in a ``.pt2`` file.

    Raises:
        TargetUnusable: it is none, or holds something that would have to be executed to be loaded.
    """
    import torch

    try:
        copy = _harmless(path)
    except (OSError, zipfile.BadZipFile, ValueError, KeyError) as error:
        raise TargetUnusable(f"{path} can't be read as a torch.export program: {error}") from error
    try:
        return torch.export.load(copy)
    except Exception as error:  # torch's own have no common base
        raise TargetUnusable(
            f"{path} can't be loaded as a torch.export program: {error}"
        ) from error


def _harmless(path: Path) -> io.BytesIO:
    """A copy of the archive with nothing in it that is executed."""
    copy = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as out:
        for name in source.namelist():
            part = name.partition("/")[2]  # all parts stand in one folder, whatever its name
            if not _PARTS.fullmatch(part):
                raise _refusal(path, f"a part called {part!r}")
            out.writestr(name, _checked(path, part, source.read(name)))
    copy.seek(0)
    return copy


def _checked(path: Path, part: str, data: bytes) -> bytes:
    if part.startswith("data/sample_inputs/"):
        return b""  # a pickle, which nobody needs to ask the network
    if part.endswith("_config.json"):
        for tensor in json.loads(data)["config"].values():
            if tensor["use_pickle"] or not re.match(r"(weight|tensor)_\d+", tensor["path_name"]):
                raise _refusal(path, "a pickled tensor or object")
    if part.startswith("models/"):
        program = json.loads(data)
        for field, text in _texts(program):
            if field == "target" and not _OPERATION.fullmatch(text):
                raise _refusal(path, f"the operation {text!r}")
            if field == "expr_str" and not _SIZE.fullmatch(text):
                raise _refusal(path, f"the size {text!r}")
        return json.dumps({**program, "guards_code": []}).encode()
    return data


def _texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a JSON document with the field that it stands in."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _texts(child, name)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child, field)
    elif isinstance(value, str):
        yield field, value


def _refusal(path: Path, what: str) -> TargetUnusable:
    return TargetUnusable(
        f"{path} holds {what}, which could run its author's code when it is loaded",
        hint="ask for it as ONNX, or as safetensors with the network's own code",
    )
