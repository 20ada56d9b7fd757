"""Train and ask the models, one at a time: `python -m bench.own_pictures.fill [COUNT]`

Goes on where it was interrupted: a training from its last epoch, the questions from their label.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import torch

from bench.own_pictures.answers import answered, answers_of
from bench.own_pictures.models import every_model
from isotopes.lab.models.marked_model import MarkedModel


def main() -> None:
    wanted = every_model()
    fill(wanted[: int(sys.argv[1])] if len(sys.argv) > 1 else wanted)


def fill(wanted: Sequence[MarkedModel]) -> None:
    """Do what is not done yet."""
    torch.set_num_threads(1)
    for described in wanted:
        if answered(described):
            continue
        start = time.perf_counter()
        accuracy = answers_of(described).accuracy
        seconds = time.perf_counter() - start
        print(f"{described.task} {described.seed}: {accuracy:.3f}, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
