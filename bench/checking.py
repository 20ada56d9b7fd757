"""What does a check cost over the model's own work? `python -m bench.checking`

The whole check of a network in an ONNX file (plan, marks, blending, preprocessing, statistics,
verdict) over bare forward passes of as many pictures that are ready: by a session of onnxruntime as
it comes, with the batch that is fastest. The two-stage and the sequential check run to their last
decoy, as for a guilty model: the one goes on unless every decoy of its first stage scores as high
as the mark, and then another mark is drawn; the other forgives as many decoys as there are. Ways
take turns; a ratio is the median of the ratios within each turn. Wants an idle machine.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bench.networks import gigaflops, network_input, write_network
from bench.record import record
from isotopes.defaults import DEFAULT_FAMILY
from isotopes.marks import get_family
from isotopes.targets import open_target
from isotopes.targets.local.preprocess import prepare_input
from isotopes.vault import Isotope, new_isotope
from isotopes.verify import Verdict
from isotopes.workflows.checking.drafting import Terms
from isotopes.workflows.checking.run import check_model

TURNS = 5
BATCHES = (20, 64)
LABELS = tuple("abcdefghij")
# Side of the input, channels of the first convolution, probes, decoys.
NETWORKS = ((32, 64, 50, 39), (224, 32, 25, 39))
GOALS = {"rank": 1.10, "two-stage": 1.15, "sequential": 1.15}
NAMES = {
    "rank": "check",
    "two-stage": "two-stage check, both stages",
    "sequential": "sequential check",
}
NEARLY_ALWAYS = 0.999  # the level at which a test goes on whatever the model answers
TRIES = 20  # marks that are drawn until one goes on
Row = dict[str, object]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            row
            for network in NETWORKS
            for method in GOALS
            for row in measure(Path(folder), method, *network)
        ]
    record("checking", rows, "python -m bench.checking")


def measure(folder: Path, method: str, side: int, width: int, *counts: int) -> Iterator[Row]:
    """The ratio for one network and one test, and what it is made of."""
    probes, decoys = counts
    path = folder / f"{side}.onnx"
    size = gigaflops(write_network(path, side, LABELS, width), side)
    pictures = some_photos(probes, side)
    ready = prepare_input(pictures, network_input(side))
    terms = Terms(method=method, decoys=decoys, level=1 / (1 + decoys), probes=probes)
    target = open_target(str(path))
    if method == "two-stage":
        terms = replace(terms, level=NEARLY_ALWAYS)
    if method == "sequential":
        # The label that it gives least: pictures of the tested one don't count.
        rarest = LABELS[int(target.ask(pictures).values.mean(axis=0).argmin())]
        terms = replace(terms, label=rarest, level=NEARLY_ALWAYS, forgive=decoys - 1)
    named = [(f"{place}.png", picture) for place, picture in enumerate(pictures)]
    isotope, queries = _that_takes_all(
        probes, decoys, lambda one: check_model(one, target, named, terms)
    )

    def whole() -> None:
        check_model(isotope, target, named, terms)

    ways: dict[str, Callable[[], None]] = {"check": whole}
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    every = ready[np.arange(queries) % probes]

    def bare(batch: int) -> None:
        for start in range(0, queries, batch):
            session.run(None, {session.get_inputs()[0].name: every[start : start + batch]})

    for batch in BATCHES:
        ways[f"bare forward passes, {batch} at a time"] = partial(bare, batch)
    seconds = take_turns(ways)
    checked = seconds.pop("check")
    fastest = min(seconds, key=lambda name: float(np.median(seconds[name])))
    ratios = checked / seconds[fastest]
    yield {
        "measure": f"{NAMES[method]} over {fastest}: {side} x {side} pixels, {size:.2f} GFLOP a"
        " picture",
        "queries": queries,
        "n": TURNS,
        "check_s": round(float(np.median(checked)), 3),
        "bare_s": round(float(np.median(seconds[fastest])), 3),
        "ratio": round(float(np.median(ratios)), 3),
        "least": round(float(ratios.min()), 3),
        "most": round(float(ratios.max()), 3),
        "goal": f"at most {GOALS[method]:.2f}",
    }


def _that_takes_all(
    probes: int, decoys: int, check: Callable[[Isotope], Verdict]
) -> tuple[Isotope, int]:
    """An isotope whose check asks about every decoy, and how many queries it takes."""
    for _ in range(TRIES):
        isotope = new_isotope("bench", get_family(DEFAULT_FAMILY), 0.4, decoys=decoys, plan={})
        verdict = check(isotope)
        if verdict.queries >= probes * (1 + decoys):
            return isotope, verdict.queries
    raise SystemExit(f"of {TRIES} marks none led to a check of all {decoys} decoys")


def take_turns(ways: dict[str, Callable[[], None]]) -> dict[str, NDArray[np.float64]]:
    """Seconds that each way takes in each turn; a first turn is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(1 + TURNS):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - start)
    return {name: np.array(seconds[1:]) for name, seconds in taken.items()}


def some_photos(count: int, side: int) -> list[NDArray[np.uint8]]:
    """Random pictures; what they show costs nobody anything."""
    rng = np.random.default_rng(0)
    return list(rng.integers(0, 256, (count, side, side, 3), dtype=np.uint8))


if __name__ == "__main__":
    main()
