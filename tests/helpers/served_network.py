"""Networks that fakes of services answer with, shared by all tests of a process."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tiny_network import write_network

from isotopes.targets.kinds.onnx import OnnxTarget


@cache
def served(seed: int = 0, factor: float = 1) -> OnnxTarget:
    """The tiny network of this seed, its weights times `factor`: each takes a process to start."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return OnnxTarget(write_network(Path(folder) / "served.onnx", seed, factor=factor))
