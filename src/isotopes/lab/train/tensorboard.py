"""A training's curves, for TensorBoard."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from isotopes.errors import IsotopesError
from isotopes.extras import how_to_install
from isotopes.lab.train.side_outputs import current_side_outputs


class EpochScalars:
    """Scalars by epoch, written to TensorBoard if a folder is set."""

    def __init__(self, writer: Any = None) -> None:
        self._writer = writer

    def add(self, epoch: int, values: Mapping[str, float]) -> None:
        """Values at the end of an epoch, by name."""
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(name, value, epoch)


@contextmanager
def open_curves() -> Iterator[EpochScalars]:
    """A writer for the configured folder.

    Raises:
        IsotopesError: TensorBoard is not installed.
    """
    folder = current_side_outputs().curves
    if folder is None:
        yield EpochScalars()
        return
    need_tensorboard()
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        yield EpochScalars(writer)


def need_tensorboard() -> None:
    """Raise IsotopesError before hours of training if TensorBoard is missing.

    Raises:
        IsotopesError: it is not installed.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise IsotopesError(
            "curves need TensorBoard, which is not installed",
            hint=how_to_install("tensorboard"),
        )
