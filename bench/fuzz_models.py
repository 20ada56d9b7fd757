"""Does a damaged or strange model end in anything but one clear line? `python -m bench.fuzz_models`

Seeded mutations of valid ONNX networks and of descriptions of networks and services. Each is opened
and asked one picture. Right is an answer, or an error of ours on one line; wrong is any other
exception, an error without bounds, or more time than the limit allows.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from bench.fuzzing import tally
from bench.networks import write_network
from bench.record import record
from isotopes.errors import IsotopesError
from isotopes.targets.http.description import read_http_description
from isotopes.targets.kinds.onnx import OnnxTarget
from isotopes.targets.local.network_process import NetworkLimits

SEED = 20261127
LIMITS = NetworkLimits(seconds=20.0, memory=2**31)
LONGEST_LINE = 1_000  # characters
SERVICE = """\
url = "http://127.0.0.1:9/v1"
timeout = 1
retries = 0
[request]
body = '{"image": "{{image_base64}}"}'
[answer]
form = "objects"
at = "predictions[0].scores"
label = "label"
score = "score"
"""


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as name:
        rows = run(Path(name), cases)
    record("fuzz_models", rows, f"python -m bench.fuzz_models {cases}")
    if any(row["wrong"] for row in rows):
        sys.exit("some cases ended wrongly")


def run(folder: Path, cases: int) -> list[dict[str, object]]:
    rng = random.Random(SEED)
    path = folder / "network.onnx"
    write_network(path, 32, tuple("abcdefghij"))
    network, beside = path.read_bytes(), path.with_suffix(".toml")
    about = beside.read_bytes()
    service = folder / "service.toml"

    def mutate_network() -> None:
        path.write_bytes(mutated(network, rng))
        beside.write_bytes(about)
        ask(path)

    def mutate_description() -> None:
        path.write_bytes(network)
        beside.write_bytes(reworded(about, rng))
        ask(path)

    def mutate_service() -> None:
        service.write_bytes(reworded(SERVICE.encode(), rng))
        read_http_description(service)

    kinds: dict[str, Callable[[], None]] = {
        "ONNX network": mutate_network,
        "description of a network": mutate_description,
        "description of a service": mutate_service,
    }
    tries = {kind: partial(outcome, case) for kind, case in kinds.items()}
    return tally(tries, cases, "answered", SEED)


def outcome(case: Callable[[], None]) -> str:
    try:
        case()
    except IsotopesError as error:
        told = str(error)
        return "refused" if "\n" not in told and len(told) <= LONGEST_LINE else f"long: {told:.80}"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
        return f"{type(error).__name__}: {error!s:.80}"
    return "answered"


def ask(path: Path) -> None:
    target = OnnxTarget(path, limits=LIMITS)
    try:
        target.ask([np.zeros((32, 32, 3), np.uint8)])
    finally:
        target.close()


ODD_VALUES = (
    "0",
    "-1",
    "1e308",
    "nan",
    "inf",
    "true",
    "1" * 400,
    "0x" + "f" * 5_000,
    '""',
    '"a"',
    '"\\u0000\\u001b[2J"',
    '"' + "x" * 100_000 + '"',
    "[]",
    "[1]",
    "[1, 2, 3]",
    "[100000, 100000]",
    '["a", "a"]',
    "[" * 2_000 + "]" * 2_000,
    "{}",
    "{a = 1}",
    "1979-05-27",
)


def reworded(data: bytes, rng: random.Random) -> bytes:
    """A description in which a value or two are odd, or a line is missing; or `mutated`."""
    if rng.random() < 0.25:
        return mutated(data, rng)
    lines = data.decode().splitlines()
    fields = [number for number, line in enumerate(lines) if " = " in line]
    for number in rng.sample(fields, rng.choice((1, 1, 2))):
        name = lines[number].partition(" = ")[0]
        kept = rng.random() < 0.8
        lines[number] = f"{name} = {rng.choice(ODD_VALUES)}" if kept else ""
    return "\n".join(lines).encode()


def mutated(data: bytes, rng: random.Random) -> bytes:
    """`data` with one to four changes: bits, bytes, parts cut out, put in or doubled."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        # Structure is at the start and the end; in between are weights.
        near = min(len(changed), 4096)
        at = rng.choice((rng.randrange(near), len(changed) - 1 - rng.randrange(near)))
        size = rng.randrange(1, 32)
        how = rng.randrange(6)
        if how == 0:
            changed[at] ^= 1 << rng.randrange(8)
        elif how == 1:
            changed[at] = rng.randrange(256)
        elif how == 2:
            del changed[at : at + min(size, max(0, len(changed) - 64))]
        elif how == 3:
            changed[at:at] = rng.randbytes(size)
        elif how == 4:
            changed[at : at + 4] = b"\xff\xff\xff\x7f"
        else:
            changed[at:at] = changed[at : at + size]
    return bytes(changed)


if __name__ == "__main__":
    main()
