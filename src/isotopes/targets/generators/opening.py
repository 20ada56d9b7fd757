"""Opening the generator that a person names."""

from __future__ import annotations

import re
from pathlib import Path

from isotopes.errors import TargetUnusable
from isotopes.targets.generators.description import read_generator
from isotopes.targets.generators.endpoint import HttpGenerator
from isotopes.targets.generators.function import FunctionGenerator
from isotopes.targets.generators.generator import PictureGenerator

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def names_generator(spec: str) -> bool:
    """Whether `spec` names a generator, rather than a folder of pictures that one made."""
    path = Path(spec)
    if path.is_dir():
        return False
    return path.suffix.lower() == ".toml" or _FUNCTION.fullmatch(spec) is not None


def open_generator(spec: str) -> PictureGenerator:
    """The generator that `spec` means.

    Args:
        spec: ``GENERATOR.toml``, which describes a service, or a function, ``module:function``.

    Raises:
        TargetUnusable: it means neither, or one that can't be opened.
    """
    if not names_generator(spec):
        raise TargetUnusable(
            f"{spec!r} names no generator", hint="give GENERATOR.toml or module:function"
        )
    if _FUNCTION.fullmatch(spec):
        return FunctionGenerator.from_spec(spec)
    return HttpGenerator(read_generator(Path(spec)))
