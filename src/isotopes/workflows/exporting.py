"""Export a check's queries as pictures, for a model that only a person or an auditor can ask.

The plan is the one that `check --answers FILE --key KEY` makes later from the same isotope,
probes and terms: it follows from the model's name, which the key file keeps, so it stands fast
before anything is answered. The key file keeps its hash too, so the answers decide no other one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import overload

import numpy as np

from isotopes.canonical import digest_of
from isotopes.errors import TargetUnreachable
from isotopes.marks import fitted
from isotopes.seeds import derive
from isotopes.targets import Picture, Scores, Target
from isotopes.targets.export import Query, write_queries
from isotopes.targets.gate import OPEN, Gate
from isotopes.vault import Isotope
from isotopes.verify import Answers, Plan
from isotopes.verify.asking.query import write_query
from isotopes.workflows.checking.choosing import NamedPictures
from isotopes.workflows.checking.drafting import Terms, draft_plan
from isotopes.workflows.checking.own_pictures import OwnPictures


@dataclass(frozen=True)
class Exported:
    """What was exported.

    Attributes:
        plan: what the answers will decide; its hash can be shown before they are got.
        pictures: how many files there are to ask.
    """

    plan: Plan
    pictures: int


def export_check(
    isotope: Isotope,
    model: str,
    probes: NamedPictures,
    terms: Terms | None = None,
    *,
    own: OwnPictures | None = None,
    embeds: bool = False,
    folder: Path,
    key_file: Path,
) -> Exported:
    """Write all pictures that a check of `model` asks, under neutral names in a secret order.

    Args:
        model: what the person calls it.
        probes, terms, own: as for `check_model`.
        embeds: whether it answers with embeddings instead of labels.
        folder, key_file: as for `targets.export.write_queries`.

    Raises:
        PlanError: a test that can't give an answer.
        FolderError: `folder` or `key_file` can't be written.
        MarkError: the mark or its decoys can't be drawn.
    """
    target = AskedByHand(model, embeds=embeds)
    plan, pictures = draft_plan(isotope, target, probes, terms or Terms(), own=own)
    seed = derive(plan.seed_key, "isotopes/v1/export-order")
    queries = PlannedQueries(isotope, plan, pictures)
    count = write_queries(queries, target, folder, key_file, plan=plan.fixed, seed=seed)
    return Exported(plan, count)


class AskedByHand(Target):
    """A model that this program can't ask."""

    def __init__(self, model: str, *, embeds: bool = False) -> None:
        self._model = model
        self.embeds = embeds

    @property
    def name(self) -> str:
        return self._model

    def identity(self) -> str:
        return digest_of(["asked by hand", self._model])

    def ask(self, pictures: Sequence[Picture], gate: Gate = OPEN) -> Scores:
        """Always raises TargetUnreachable."""
        raise TargetUnreachable(
            f"{self._model} is asked by hand",
            hint="export the queries, and then check --answers FILE --key KEY",
        )


class PlannedQueries(Sequence[Query]):
    """The queries of a plan: unmarked pictures, then with the mark, then with each decoy.

    A picture is made when it is taken, so that no more than one is in memory.
    """

    def __init__(self, isotope: Isotope, plan: Plan, pictures: Sequence[Picture]) -> None:
        self._plan = plan
        self._pictures = pictures
        self._draw = lru_cache(maxsize=None)(isotope.draw)
        self._places = np.argwhere(Answers.planned(plan))

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Query: ...
    @overload
    def __getitem__(self, index: slice) -> list[Query]: ...
    def __getitem__(self, index: int | slice) -> Query | list[Query]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        row, probe = self._places[index].tolist()
        picture = self._pictures[probe]
        if row == 0:
            return Query(picture, f"probe {probe}")
        mark = row - 1
        role = "the mark" if mark == 0 else f"decoy {mark}"
        marked, drawn = np.empty_like(picture), fitted(self._draw(mark), *picture.shape[:2])
        write_query(marked, self._plan, picture, drawn, mark=mark, place=probe)
        return Query(marked, f"probe {probe} with {role}")
