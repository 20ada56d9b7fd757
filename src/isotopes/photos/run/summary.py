"""What a run did, file by file and in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from isotopes.photos.fate import Fate, FileOutcome


@dataclass(frozen=True, repr=False)
class MarkSummary:
    """What became of every file in the input folder.

    Attributes:
        outcomes: one for each file, sorted by name.
        resumed: how many of them an earlier run had finished.
        seconds: this run's wall-clock time.
    """

    outcomes: tuple[FileOutcome, ...]
    resumed: int
    seconds: float

    @property
    def counts(self) -> dict[Fate, int]:
        """How many files met each fate."""
        counted = Counter(outcome.fate for outcome in self.outcomes)
        return {fate: counted[fate] for fate in Fate if fate is not Fate.MARKABLE}

    @property
    def bytes_written(self) -> int:
        """Size of the output, in bytes."""
        return sum(outcome.size for outcome in self.outcomes)

    @property
    def remarks(self) -> tuple[tuple[str, Fate, str], ...]:
        """Name, fate and reason of each file that could not be marked, or is left out."""
        return tuple((o.name, o.fate, o.reason) for o in self.outcomes if o.reason)

    @property
    def left_out(self) -> dict[str, int]:
        """What outputs don't hold of their originals, and in how many files; most frequent first.

        Pictures inside a file that show it without the mark, and what isn't true any more.
        """
        counted = Counter(what for outcome in self.outcomes for what in outcome.left_out)
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    @property
    def missing(self) -> dict[str, int]:
        """What the output's file system doesn't keep, and of how many files."""
        return dict(Counter(what for outcome in self.outcomes for what in outcome.missing))

    def __repr__(self) -> str:
        return f"<MarkSummary: {self}>"

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {fate}" for fate, count in self.counts.items() if count)
        before = f"; {self.resumed} of them were done before" if self.resumed else ""
        return f"{counts or 'no files'} in {self.seconds:.1f} s{before}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "counts": {fate.value: count for fate, count in self.counts.items()},
            "resumed": self.resumed,
            "bytes": self.bytes_written,
            "seconds": round(self.seconds, 3),
            "missing": self.missing,
            "files": [
                {
                    "name": o.name,
                    "fate": o.fate.value,
                    "reason": o.reason,
                    "left_out": list(o.left_out),
                }
                for o in self.outcomes
            ],
        }
