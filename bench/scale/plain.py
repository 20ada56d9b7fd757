"""The commands of docs/scale.md for plain machines, each node a process of this machine.

What the cluster writes must be what one local process writes. `python -m bench.scale plain`
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.scale.collections import hashes, write_shards

START_SECONDS = 120


def measure(nodes: int, pictures: int) -> list[dict[str, object]]:
    """One row: whether the commands ran, and whether the bytes are the same."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        os.environ["ISOTOPES_VAULT"] = str(place / "vault.sqlite")
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        write_shards(place / "in", pictures, max(1, pictures // 12))
        _mark(place, "local", "--name", "all", "--workers", "1")
        with _nodes(place, nodes) as address:
            start = time.perf_counter()
            _mark(place, "ray", "--add-to", "all", "--engine", "ray", "--address", address)
            seconds = time.perf_counter() - start
        same = hashes(place / "local") == hashes(place / "ray")
    return [
        {
            "measure": "shards marked by nodes that `ray start` started",
            "nodes": nodes,
            "pictures": pictures,
            "seconds": round(seconds, 1),
            "same_bytes": same,
            "goal": "the same bytes",
        }
    ]


@contextmanager
def _nodes(place: Path, workers: int) -> Iterator[str]:
    """A head that runs no shard, and nodes of one processor; only these are ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    _, _, port = address.partition(":")
    kinds: list[tuple[str, ...]] = [
        ("--head", "--port", port, "--num-cpus", "0", "--include-dashboard", "false")
    ]
    kinds += [("--address", address, "--num-cpus", "1")] * workers
    ray = shutil.which("ray", path=str(Path(sys.executable).parent)) or "ray"
    started: list[subprocess.Popen[bytes]] = []
    try:
        for number, kind in enumerate(kinds):
            log = (place / f"node-{number}.log").open("wb")
            node = [ray, "start", "--block", *kind]
            started.append(subprocess.Popen(node, stdout=log, stderr=log, start_new_session=True))
            _await(place / f"node-{number}.log", started[-1])
        yield address
    finally:
        for process in reversed(started):
            with suppress(ProcessLookupError):  # it failed to start
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def _await(log: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while b"Ray runtime started" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"ray start failed: {log.read_text(errors='replace')[-500:]}")
        time.sleep(0.2)


def _mark(place: Path, out: str, *words: str) -> None:
    fixed = ["--out", str(place / out), "--private", str(place / f"{out}-private")]
    command = [sys.executable, "-m", "isotopes", "mark", str(place / "in"), *fixed, *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
