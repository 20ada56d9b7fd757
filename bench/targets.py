"""What does asking cost over the bare client or forward pass? `python -m bench.targets [ANSWERS]`

  journal    of a million answers (bench/journal.py): how long it takes to open, and to look one up;
  service    in a process of its own, answering after a while (bench/quick_service.py): requests a
             second with fifty at once against the ideal, one after another against bare urllib3;
  network    pictures a second from bytes to probabilities, against the bare forward pass of the
             best of onnxruntime and torch on input that is ready.

"as in a check" is with journal, canary and budget, the canary's own requests counted as requests.
Fifty at once means fifty connections: the service never has more to answer.
Ways take turns; a ratio is the median of the ratios within each turn. Wants an idle machine: client
and service share its cores.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import urllib3
from numpy.typing import NDArray

from bench import journal
from bench.networks import network_input, write_network
from bench.record import record
from isotopes.targets import Picture, Target, open_target
from isotopes.targets.asking.concurrent import ask_all
from isotopes.targets.http.encoding import Encoding, encode
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.local.preprocess import prepare_input
from isotopes.workflows.checking.guarding import Care, Questions, guarded

AT_ONCE, LATENCY = 50, 0.05  # requests, seconds
TURNS, NETWORK_TURNS = 3, 21
LABELS = tuple("abcdefghij")
Row = dict[str, object]
Ways = Mapping[str, Callable[[], int]]  # each gives the number of pictures asked


def main() -> None:
    answers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [
            *measure_journal(folder, answers),
            *measure_concurrency(folder),
            *measure_overhead(folder),
            *measure_networks(folder),
        ]
    record("targets", rows, f"python -m bench.targets {answers}")


def measure_journal(folder: Path, answers: int) -> Iterator[Row]:
    path = folder / "million.sqlite"
    journal.fill(path, answers)
    for found in journal.measure(path, answers, "cold", journal.drop_from_cache):
        limit = {"open, cold": 1000, "look up 1, cold": 1}.get(str(found["measure"]))
        if limit is not None:
            ratio = float(str(found["median_ms"])) / limit
            goal = f"at most 1 ({limit} ms)"
            yield {**found, "ratio": round(ratio, 4), "goal": goal}


def measure_concurrency(folder: Path, requests: int = 5_000) -> Iterator[Row]:
    """Fifty requests at once at 50 ms each: what share of 1,000 a second?"""
    pictures = some_pictures(requests, 32)
    with service(folder, LATENCY, AT_ONCE) as (url, target):
        ways: Ways = {
            "as in a check": lambda: ask_as_in_a_check(target, pictures),
            "the target alone": lambda: len(ask_all(target, batched(pictures, 1))),
            "urllib3": lambda: ask_barely(url, pictures, AT_ONCE),
        }
        taken = take_turns(ways)
    for name, seconds in taken.items():
        shares = LATENCY / AT_ONCE / seconds
        yield {
            "measure": f"{requests:,} requests, {AT_ONCE} at once, {LATENCY * 1000:g} ms each,"
            f" 32 pixels: {name}, as a share of {AT_ONCE / LATENCY:,.0f} a second",
            **spread("requests_per_second", 1 / seconds),
            "ratio": round(float(np.median(shares)), 3),
            "goal": "" if name == "urllib3" else "at least 0.90",
        }


def measure_overhead(folder: Path) -> Iterator[Row]:
    """One request after another: how much longer than by the bare client?"""
    for latency, requests in ((LATENCY, 40), (0.0, 500)):
        pictures = some_pictures(requests, 224)
        with service(folder, latency, 1) as (url, target):
            ways: Ways = {
                "as in a check": partial(ask_as_in_a_check, target, pictures),
                "urllib3": partial(ask_barely, url, pictures, 1),
            }
            taken = take_turns(ways)
        ratios = taken["as in a check"] / taken["urllib3"]
        yield {
            "measure": f"one request after another, {latency * 1000:g} ms each, 224 pixels,"
            " as in a check: time over urllib3",
            **spread("requests_per_second", 1 / taken["as in a check"]),
            "ratio": round(float(np.median(ratios)), 3),
            "goal": "at most 1.10",
        }


def measure_networks(folder: Path) -> Iterator[Row]:
    """Pictures a second, as a share of the best bare forward pass on ready input."""
    for side, count in ((32, 3072), (224, 60)):
        path = folder / f"network-{side}.onnx"
        network = write_network(path, side, LABELS)
        target = OnnxTarget(path)
        pictures = some_pictures(count, side)
        ready = prepare_input(pictures, network_input(side))
        ways: Ways = {
            "the target": partial(ask_network, target, pictures),
            **{
                f"{name}, {size} at a time": partial(run, ready, size)
                for name, run in bare_passes(path, network).items()
                for size in sorted({target.batch_size, 64})
            },
        }
        taken = take_turns(ways, NETWORK_TURNS)
        bare = [seconds for name, seconds in taken.items() if name != "the target"]
        best = min(bare, key=lambda seconds: float(np.median(seconds)))
        for name, seconds in taken.items():
            yield {
                "measure": f"network of 9 convolutions, {side} pixels: {name}",
                **spread("pictures_per_second", 1 / seconds),
                "ratio": round(float(np.median(best / seconds)), 3),
                "goal": "at least 0.95" if name == "the target" else "",
            }


@contextmanager
def service(folder: Path, latency: float, at_once: int) -> Iterator[tuple[str, Target]]:
    """A service in a process of its own, and the target that asks it."""
    command = [sys.executable, "-m", "bench.quick_service", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        description = folder / "service.toml"
        description.write_text(
            f"""
            url = "{url}"
            concurrency = {at_once}
            [request]
            body = '{{"image": "{{{{image_base64}}}}"}}'
            [answer]
            form = "objects"
            at = "result"
            label = "label"
            score = "score"
            version = "version"
            """,
            encoding="utf-8",
        )
        target = open_target(str(description))
        try:
            yield url, target
        finally:
            target.close()
            process.terminate()


def ask_as_in_a_check(target: Target, pictures: NDArray[np.uint8]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        care = Care(Path(folder) / "queries.sqlite", queries=2 * len(pictures))
        questions = Questions(list(pictures[:3]), 0, len(pictures), tuple)  # a journal of its own
        with guarded(target, questions, care) as asked:
            queries = asked.estimate().queries
            ask_all(asked.target, batched(pictures, 1))
            asked.finish()
    return queries


def ask_barely(url: str, pictures: NDArray[np.uint8], at_once: int) -> int:
    """The least that a person would write: a client, threads, PNG in base64, JSON."""
    with (
        urllib3.PoolManager(maxsize=at_once, block=True) as client,
        ThreadPoolExecutor(at_once) as threads,
    ):

        def ask(picture: Picture) -> object:
            file = base64.b64encode(encode(picture, Encoding())).decode()
            return client.request("POST", url, json={"image": file}).json()["result"]

        return len(list(threads.map(ask, pictures)))


def ask_network(target: Target, pictures: NDArray[np.uint8]) -> int:
    return len(ask_all(target, batched(pictures, target.batch_size)))


def bare_passes(path: Path, network: Any) -> dict[str, Callable[[Any, int], int]]:
    """Forward passes on input that is ready, by who makes them."""
    import onnxruntime
    import torch

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    last = network.to(memory_format=torch.channels_last)

    def by_onnxruntime(ready: Any, size: int) -> int:
        for batch in batched(ready, size):
            session.run(None, {given.name: batch})
        return len(ready)

    def by_torch(ready: Any, size: int) -> int:
        with torch.inference_mode():
            for batch in batched(ready, size):
                last(torch.from_numpy(batch).contiguous(memory_format=torch.channels_last))
        return len(ready)

    return {"onnxruntime": by_onnxruntime, "torch": by_torch}


def some_pictures(count: int, side: int) -> NDArray[np.uint8]:
    """Random ones that a PNG file compresses about as well as a photo: blocks of 2 x 2 pixels."""
    coarse = np.random.default_rng(0).integers(
        0, 256, (count, side // 2, side // 2, 3), dtype=np.uint8
    )
    return coarse.repeat(2, axis=1).repeat(2, axis=2)


def batched(pictures: Any, size: int) -> Iterator[Any]:
    for start in range(0, len(pictures), size):
        yield pictures[start : start + size]


def take_turns(ways: Ways, turns: int = TURNS) -> dict[str, NDArray[np.float64]]:
    """Seconds a picture that each way takes, in each turn; the first turn is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(1 + turns):
        for name, way in ways.items():
            start = time.perf_counter()
            pictures = way()
            taken[name].append((time.perf_counter() - start) / pictures)
    return {name: np.array(seconds[1:]) for name, seconds in taken.items()}


def spread(name: str, values: NDArray[np.float64]) -> Row:
    least, middle, most = np.quantile(values, (0, 0.5, 1))
    return {
        "n": len(values),
        name: round(float(middle), 1),
        "least": round(float(least), 1),
        "most": round(float(most), 1),
    }


if __name__ == "__main__":
    main()
