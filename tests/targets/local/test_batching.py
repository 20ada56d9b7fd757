"""Where a network runs and in which batches: the rules, without a GPU."""

from __future__ import annotations

import pytest

from isotopes.processes import cores
from isotopes.targets.local.batching import GPU_BATCH, GPU_THREADS, Batching, on_cores, on_gpu
from isotopes.targets.local.network_worker import CPU, GPU, choose_providers

GIB = 2**30


@pytest.mark.parametrize("side, size", [(32, 32), (224, 10), (2000, 1)])
def test_a_core_gets_few_pictures(side: int, size: int) -> None:
    assert on_cores(side, side) == Batching(size, cores())


@pytest.mark.parametrize(
    "side, free, size",
    [
        (32, 80 * GIB, GPU_BATCH),  # small pictures: as many as are of use
        (224, 80 * GIB, GPU_BATCH),
        (224, 4 * GIB, 41),  # a small GPU: as many as half of its free memory holds
        (224, 2**20, 1),  # one at least; if that fails, the error says why
        (1024, 80 * GIB, 16),  # large pictures: the batch itself must be made and sent
        (224, None, GPU_BATCH),  # onnxruntime doesn't tell how much is free
        (9000, None, 1),
    ],
)
def test_a_gpu_gets_what_its_memory_holds(side: int, free: int | None, size: int) -> None:
    assert on_gpu(side, side, free) == Batching(size, min(GPU_THREADS, cores()))


def test_onnxruntime_takes_a_gpu_if_it_can_and_rounds_as_the_processor_does() -> None:
    assert choose_providers([CPU], GIB) == [CPU]
    assert choose_providers(["AzureExecutionProvider", CPU], GIB) == [CPU]
    (name, how), last = choose_providers(["TensorrtExecutionProvider", GPU, CPU], GIB)
    assert (name, last) == (GPU, CPU)
    assert (how["use_tf32"], how["gpu_mem_limit"]) == ("0", str(GIB))
