"""What a network declares, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True)
class Tensor:
    """An input or output of a network, as it declares it.

    Attributes:
        name: of the tensor.
        type: in onnxruntime's words, such as ``tensor(float)``.
        shape: numbers, or names of sizes that are free.
    """

    name: str
    type: str
    shape: tuple[int | str | None, ...]


@dataclass(frozen=True, eq=False)
class Output:
    """What a network gave for one batch.

    Attributes:
        values: numbers, of any shape.
        keys: the labels of the columns, if the network names them; None otherwise.
    """

    values: NDArray[Any]
    keys: tuple[str | int, ...] | None
