"""A user's own file with tasks, networks and experiments, loaded by its path."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path

from isotopes.errors import FolderError, IsotopesError


def load_extension(path: Path) -> str:
    """Run a Python file as a module, once, which registers what it defines.

    Returns:
        The module's name, which is the same in every process: trials travel between them.

    Raises:
        FolderError: not a Python file.
        IsotopesError: the file raises an error.
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
        try:
            spec.loader.exec_module(module)
        except IsotopesError:
            del sys.modules[name]
            raise
        except Exception as error:
            del sys.modules[name]
            raise IsotopesError(f"{path} can't be run: {error_in_words(error, path)}") from error
    return name


def error_in_words(error: Exception, file: Path | None = None) -> str:
    """An error in a user's code, in one line.

    Args:
        file: theirs; the line that raised is named.
    """
    said = f"{type(error).__name__}: {' '.join(str(error).split())}"
    if isinstance(error, SyntaxError) or file is None:  # which names its own position
        return said
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename) == file
    ]
    return f"{said} ({file.name}, line {lines[-1]})" if lines else said
