"""A Ray cluster of several nodes on this machine, of which some are killed while shards are marked.

What comes out must be what one local process writes. `python -m bench.scale cluster --nodes 3`
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from bench.scale.collections import hashes, write_shards
from isotopes.engines import Engine
from isotopes.shards.run import ShardSummary
from isotopes.vault import Vault
from isotopes.workflows.sharding import ShardRequest, find, mark_collection, shard_workers


def measure(nodes: int, lost: int, pictures: int, seed: int) -> list[dict[str, object]]:
    """One row: what was lost, what was done again, and whether the bytes are the same."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_shards(place / "in", pictures, max(1, pictures // 24))
        with Vault.create(place / "vault.sqlite") as vault:
            _mark(place, vault, "local", None, 1)
            with _Nodes(nodes, lost, seed) as cluster:
                start = time.perf_counter()
                summary = _mark(place, vault, "ray", cluster.address, None)
                seconds = time.perf_counter() - start
        same = hashes(place / "local") == hashes(place / "ray")
    return [
        {
            "measure": "shards marked by a cluster that loses nodes",
            "nodes": nodes,
            "lost": cluster.killed,
            "shards": summary.shards,
            "done_again": summary.retried,
            "failed": len(summary.failed),
            "seconds": round(seconds, 1),
            "same_bytes": same,
            "goal": "the same bytes, none failed",
        }
    ]


class _Nodes:
    """A head without processors, and nodes of one processor each; some are killed and replaced."""

    def __init__(self, nodes: int, lost: int, seed: int) -> None:
        from ray.cluster_utils import Cluster

        self._cluster: Any = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        self._nodes = [self._cluster.add_node(num_cpus=1) for _ in range(nodes)]
        self._lost, self._rng = lost, random.Random(seed)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._kill, daemon=True)
        self.killed = 0

    @property
    def address(self) -> str:
        return str(self._cluster.address)

    def __enter__(self) -> _Nodes:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._cluster.shutdown()

    def _kill(self) -> None:
        for _ in range(self._lost):
            if self._ended.wait(self._rng.uniform(5, 9)):
                return
            node = self._nodes.pop(self._rng.randrange(len(self._nodes)))
            self._cluster.remove_node(node, allow_graceful=False)
            self.killed += 1
            self._nodes.append(self._cluster.add_node(num_cpus=1))


def _mark(
    place: Path, vault: Vault, engine: Engine, address: str | None, workers: int | None
) -> ShardSummary:
    request = ShardRequest(
        str(place / "in"),
        str(place / engine),
        "all",
        str(place / f"{engine}-private"),
        adds=bool(vault.names()),
    )
    with shard_workers(request, engine, workers, address) as executor:
        return mark_collection(request, vault, find(request), executor).summary
