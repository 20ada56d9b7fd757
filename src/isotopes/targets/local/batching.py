"""How many pictures a network is asked about at once, and by how many threads: a rule.

A core is busy with few pictures. A GPU answers many nearly as fast as one, so its batches are as
large as its memory surely holds, and threads prepare the next ones meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from isotopes.processes import cores

CORE_BATCH, CORE_PIXELS = 32, 2**19
SHARED_BATCH = 64  # where all cores share a batch
GPU_BATCH, GPU_PIXELS = 256, 2**24
# Of activations, for each pixel of an input: four times what a ResNet-50 takes without gradients.
BYTES_A_PIXEL = 1024
GPU_SHARE = 0.5  # of the free memory; another program may want some, too
GPU_THREADS = 4


@dataclass(frozen=True)
class Batching:
    """How a network is asked.

    Attributes:
        size: the most pictures in one batch.
        threads: how many ask at once.
    """

    size: int
    threads: int


def on_cores(height: int, width: int) -> Batching:
    """Batches that one core answers each, on all cores of this machine."""
    return Batching(_at_most(CORE_BATCH, height, width), cores())


def on_all_cores(height: int, width: int) -> Batching:
    """Batches that all cores of this machine share, so one thread asks."""
    return Batching(_at_most(SHARED_BATCH, height, width), 1)


def on_gpu(height: int, width: int, free: int | None = None) -> Batching:
    """Batches for a GPU.

    Args:
        height, width: of the network's input, in pixels.
        free: bytes of its memory that are free; None if nobody can tell.
    """
    pixels = height * width
    fitting = GPU_PIXELS // pixels
    if free is not None:
        fitting = min(fitting, int(free * GPU_SHARE) // (pixels * BYTES_A_PIXEL))
    return Batching(min(GPU_BATCH, max(1, fitting)), min(GPU_THREADS, cores()))


def _at_most(pictures: int, height: int, width: int) -> int:
    return min(pictures, max(1, CORE_PIXELS // (height * width)))
