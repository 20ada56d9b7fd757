"""How large generators are at each scale, and how long they learn."""

from __future__ import annotations

from isotopes.lab.generators.fitting import FitPlan
from isotopes.lab.generators.generator_model import GeneratorSize
from isotopes.lab.tasks.task import Scale

SIDE = 32  # pixels
DESK = GeneratorSize(64, 2, 4, 4, FitPlan(1200, 32, 2e-3), FitPlan(500, 32, 3e-3))
# A GPU for half an hour each: 5 million pictures, as a DiT-S of 12 layers takes them.
PAPER = GeneratorSize(384, 12, 6, 2, FitPlan(40_000, 128, 3e-4), FitPlan(10_000, 128, 1e-3))
SIZES: dict[Scale, GeneratorSize] = {"desk": DESK, "paper": PAPER}
# Of fine-tuning: the rank of what learns, and how long; 250 steps pass 250 times over 30 pictures.
WAYS: dict[str, tuple[int | None, FitPlan]] = {
    "all weights": (None, FitPlan(250, 32, 5e-4)),
    "rank 4": (4, FitPlan(250, 32, 2e-3)),
    "rank 16": (16, FitPlan(1000, 32, 2e-3)),
}
