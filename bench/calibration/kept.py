"""What was measured, kept under the hash of all that went in: an interrupted run goes on."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from isotopes.canonical import digest_of
from isotopes.files import atomic_write
from isotopes.lab.folders import cache_folder
from isotopes.lab.models.bank import Bank
from isotopes.lab.models.marked_model import MarkedModel, best_device
from isotopes.lab.runner.store import identity
from isotopes.lab.train.training import Model


def kept(what: str, described: MarkedModel, version: int, measure: Callable[[Model], Any]) -> Any:
    """What `measure` says of the model, as JSON; both are made now unless they are there.

    Args:
        what: is measured.
        version: of `measure`: goes up when it says something else of the same model.
    """
    named = digest_of([identity(described), what, version]).removeprefix("sha256:")[:32]
    path = _folder() / "outcomes" / f"{named}.json.gz"
    if not path.exists():
        model = Bank(_folder() / "models").get(described)
        model.network.to(best_device())
        found = measure(model)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as part:
            part.write_bytes(gzip.compress(json.dumps(found).encode()))
    return json.loads(gzip.decompress(path.read_bytes()))


def _folder() -> Path:
    return Path(cache_folder()) / "calibration"
