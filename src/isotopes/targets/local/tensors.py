"""What a network declares, and what it gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

_WHOLE = re.compile(r"tensor\(u?int\d+\)")


@dataclass(frozen=True)
class Tensor:
    """An input or output of a network, as it declares it.

    Attributes:
        name: of the tensor.
        type: in onnxruntime's words, such as ``tensor(float)``.
        shape: numbers, or names of sizes that are free.
        steps: if whole numbers stand for its floats, ``(scale, zero, type)``: a whole number n of
            this NumPy type stands for ``(n - zero) * scale``. To us it is a tensor of floats.
    """

    name: str
    type: str
    shape: tuple[int | str | None, ...]
    steps: tuple[float, float, str] | None = None


def holds_whole_numbers(tensor: Tensor) -> bool:
    """Whether it holds whole numbers that stand for no floats, such as the best label's place."""
    return _WHOLE.fullmatch(tensor.type) is not None


@dataclass(frozen=True, eq=False)
class Output:
    """What a network gave for one batch.

    Attributes:
        values: numbers, of any shape.
        keys: the labels of the columns, if the network names them; None otherwise.
    """

    values: NDArray[Any]
    keys: tuple[str | int, ...] | None
