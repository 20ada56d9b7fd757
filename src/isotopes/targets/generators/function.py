"""A Python function that makes pictures: `module:function`, which takes a prompt and a seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from isotopes.canonical import digest_of
from isotopes.errors import AnswerError
from isotopes.targets.gate import OPEN, Gate
from isotopes.targets.generators.generator import PictureGenerator, Wish
from isotopes.targets.generators.picture_file import as_png
from isotopes.targets.local.importing import import_function, source_digests, wrong_function


class FunctionGenerator(PictureGenerator):
    """A function from a prompt and a seed to a picture, asked by one thread."""

    def __init__(self, function: Callable[[str, int], Any], name: str | None = None) -> None:
        """Wrap `function`.

        Args:
            function: takes prompt and seed, and returns a picture, uint8 RGB, (height, width, 3).
            name: what to call it; the function's own name by default.
        """
        self._function = function
        self._name = name or str(getattr(function, "__qualname__", type(function).__name__))

    @classmethod
    def from_spec(cls, spec: str) -> Self:
        """The function ``module:function``; modules in the current folder are found too.

        Raises:
            TargetUnusable: no such module or function, or it takes something else.
        """
        return cls(import_function(spec, "a prompt", "a seed"), spec)

    @property
    def name(self) -> str:
        return self._name

    def identity(self) -> str:
        """A hash of its name and its source file, if there is one; weights are not covered."""
        module = str(getattr(self._function, "__module__", ""))
        return digest_of(["function", self._name, source_digests([module]).get(module)])

    def make(self, wish: Wish, gate: Gate = OPEN) -> bytes:
        gate.check()
        try:
            answer = self._function(wish.prompt, wish.seed)
            made = np.asarray(answer)
        except Exception as error:  # whatever a person's own function raises
            raise AnswerError(f"{self._name} raised {type(error).__name__}: {error}") from error
        if made.dtype != np.uint8 or made.ndim != 3 or made.shape[2] != 3 or not made.size:
            raise wrong_function(
                self._name,
                "a picture, uint8 of the shape (height, width, 3)",
                f"{type(answer).__name__}, {made.dtype} of the shape {made.shape}",
            )
        return as_png(made)
