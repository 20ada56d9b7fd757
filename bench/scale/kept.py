"""Figures of a long measurement that are finished, so that it can be stopped and resumed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Kept:
    """Finished parts of a measurement: one JSON object a line in `finished.jsonl` of its folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "finished.jsonl"
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        self._known: dict[str, Any] = {}
        for line in lines:
            self._known.update(json.loads(line))

    def part(self, key: str, measure: Callable[[], Any]) -> Any:
        """What `measure` gives, as JSON types; not measured again if it is there.

        Args:
            key: which part, with all that it depends on.
        """
        if key not in self._known:
            line = json.dumps({key: measure()})
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
            self._known.update(json.loads(line))
            print(line, flush=True)
        return self._known[key]


@contextmanager
def workplace(folder: Path | None) -> Iterator[tuple[Path, Kept]]:
    """Where a measurement works, and what is finished there.

    Args:
        folder: kept for the next run; None for one that is deleted afterwards.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name), Kept(Path(name))
        return
    folder.mkdir(parents=True, exist_ok=True)
    yield folder, Kept(folder)
