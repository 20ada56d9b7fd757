"""A file of the user's own with tasks, networks and experiments, loaded by its path."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from isotopes.errors import FolderError


def load_extension(path: Path) -> str:
    """Run a Python file as a module, once; what it defines is registered by that.

    Returns:
        The module's name, which is the same in every process: trials travel between them.

    Raises:
        FolderError: not a Python file.
    """
    if path.suffix != ".py" or not path.is_file():
        raise FolderError(f"an experiment of your own must be a Python file, got {path}")
    name = f"isotopes_extension_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None  # it ends in .py
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return name
