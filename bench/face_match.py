"""Table 8 of the paper on a gallery of real faces: `python -m bench.face_match [--seeds N]`

Faces of Labeled Faces in the Wild, searched by this machine's own engine (dlib). As in appendix
A.4, for each of some people: set1, 5 pictures enrolled with one mark; set2, the same 5 enrolled
with five other marks; set3, 5 new pictures with set1's mark. The rest of everybody's pictures are
enrolled unmarked. Beside it the exact test (`draw_out_test`) of set3 on galleries that hold the
mark, and on such that hold set2 alone.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from bench.record import record
from isotopes.blending import blend
from isotopes.lab.mark_spec import drawn, key_of
from isotopes.targets.faces.embedding import DlibEmbedder, Embedding
from isotopes.targets.faces.gallery import Gallery
from isotopes.verify.face_match import draw_out_test, face_match
from isotopes.verify.rates import observed_rate

ALPHA, EACH, PEOPLE, DECOYS, LEVEL = 0.4, 5, 10, 19, 0.05
OTHERS = 8  # enrolled unmarked pictures of each person at most
THRESHOLD = 0.4  # similarity of one person's two faces, by dlib's own measure
FAMILIES = ("imagenet_blend", "gratings")
PAPER = {
    "set1": "95 % with a match, mark rank 1.0, true rank 1.0",
    "set2": "94 % with a match, mark rank 1.0, true rank 1.0",
    "set3": "80 % with a match, mark rank 4.8",
}
Faces = list[NDArray[np.uint8]]
Embed = Callable[[NDArray[np.uint8]], Embedding | None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/faces"))
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    people, embed = read_people(asked.data), DlibEmbedder().embed
    rows = [
        row for family in FAMILIES for row in measure(family, people, embed, range(asked.seeds))
    ]
    record("face_match", rows, f"python -m bench.face_match --seeds {asked.seeds}")


def read_people(folder: Path) -> list[Faces]:
    """Every person's pictures, uint8 (112, 112, 3)."""
    table = pq.read_table(folder / "train-00000-of-00001.parquet").to_pylist()
    found: dict[int, Faces] = {}
    for row in table:
        mine = found.setdefault(row["label"], [])
        if len(mine) < OTHERS + 2 * EACH:
            mine.append(np.asarray(Image.open(io.BytesIO(row["image"]["bytes"])).convert("RGB")))
    return [found[label] for label in sorted(found)]


def measure(
    family: str, people: list[Faces], embed: Embed, seeds: Sequence[int]
) -> Iterator[dict[str, object]]:
    found: dict[str, list[Search]] = {name: [] for name in PAPER}
    guilty: list[bool] = []
    innocent: list[bool] = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        large = [place for place, mine in enumerate(people) if len(mine) >= 3 * EACH]
        chosen = rng.choice(large, PEOPLE, replace=False).tolist()
        marked = [Person(family, seed, person, people[person], embed) for person in chosen]
        gallery = enrol(people, marked, embed)
        for one in marked:
            for name in PAPER:
                found[name] += one.searches(gallery, name)
            for name, said in (("set1", guilty), ("set2", innocent)):
                said.append(one.drawn_out(gallery, name))
    for name, searches in found.items():
        result = face_match(
            padded([one.similarities for one in searches], np.nan),
            padded([one.same_mark for one in searches], False),
            [one.true for one in searches],
        )
        yield {"family": family, "measure": name, "paper": PAPER[name], **shown(result.to_dict())}
    for name, said in (("the mark is enrolled", guilty), ("it is not", innocent)):
        rate = observed_rate(sum(said), len(said))
        yield {
            "family": family,
            "measure": f"exact test at level {LEVEL:g}, {DECOYS} decoys: {name}",
            "detected": f"{rate.successes} of {rate.trials}",
            "low": round(rate.low, 3),
            "high": round(rate.high, 3),
        }


def shown(result: dict[str, object]) -> dict[str, object]:
    """Rounded, and without the format."""
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in result.items()
        if name != "format"
    }


def padded(rows: Sequence[NDArray[Any]], fill: float) -> NDArray[Any]:
    """Rows of galleries of different sizes as one array."""
    width = max(map(len, rows))
    return np.stack([np.pad(row, (0, width - len(row)), constant_values=fill) for row in rows])


@dataclass(frozen=True, eq=False)
class Search:
    """One search, as `face_match` takes it."""

    similarities: NDArray[np.float64]
    same_mark: NDArray[np.bool_]
    true: int


class Person:
    """One of those whose pictures are marked: 5 to enrol, 5 new ones."""

    def __init__(self, family: str, seed: int, number: int, pictures: Faces, embed: Embed) -> None:
        marks = [
            drawn(family, key_of("face", seed, number), place).make()
            for place in range(1 + EACH + DECOYS)
        ]
        self._draws = [marks[0], *marks[1 + EACH :]]
        first, new = pictures[:EACH], pictures[EACH : 2 * EACH]
        self._new, self._embed, self._number = new, embed, number
        self._sets = {
            "set1": [blend(picture, marks[0], ALPHA) for picture in first],
            "set2": [
                blend(picture, mark, ALPHA)
                for picture, mark in zip(first, marks[1 : 1 + EACH], strict=True)
            ],
            "set3": [blend(picture, marks[0], ALPHA) for picture in new],
        }

    @property
    def number(self) -> int:
        return self._number

    def enrol(self, gallery: Gallery) -> None:
        """set1 and set2; set3 is what nobody enrols."""
        for name in ("set1", "set2"):
            for place, picture in enumerate(self._sets[name]):
                add(gallery, f"{self._number}/{name}/{place}", self._embed(picture))

    def searches(self, gallery: Gallery, name: str) -> list[Search]:
        """Those for the pictures of one set, as an engine with the threshold shows them."""
        ids = list(gallery.ids)
        found = []
        for place, picture in enumerate(self._sets[name]):
            true = f"{self._number}/{name}/{place}"
            similarities = similarities_to(gallery, self._embed(picture))
            similarities[similarities < THRESHOLD] = np.nan
            same = [true] if name == "set2" else self._ids("set1")
            found.append(
                Search(similarities, np.isin(ids, same), ids.index(true) if true in ids else -1)
            )
        return found

    def drawn_out(self, gallery: Gallery, name: str) -> bool:
        """The exact test: do new pictures with the mark draw out that set more than decoys do?"""
        similarities = [
            [similarities_to(gallery, self._point(mark, place)) for place in range(EACH)]
            for mark in range(1 + DECOYS)
        ]
        mine = np.isin(list(gallery.ids), self._ids(name))
        return draw_out_test(similarities, mine, level=LEVEL).significant

    @cache  # noqa: B019 - lives as long as the benchmark
    def _point(self, mark: int, place: int) -> Embedding | None:
        return self._embed(blend(self._new[place], self._draws[mark], ALPHA))

    def _ids(self, name: str) -> list[str]:
        return [f"{self._number}/{name}/{place}" for place in range(EACH)]


def enrol(people: list[Faces], marked: list[Person], embed: Embed) -> Gallery:
    """The marked pictures and everybody's other ones."""
    gallery = Gallery(DlibEmbedder.size, "this benchmark's")
    numbers = {one.number for one in marked}
    for person, pictures in enumerate(people):
        for place, picture in enumerate(pictures):
            if person not in numbers or place >= 2 * EACH:
                add(gallery, f"{person}/{place}", point_of(embed, person, place, picture))
    for one in marked:
        one.enrol(gallery)
    return gallery


_POINTS: dict[tuple[int, int], Embedding | None] = {}


def point_of(embed: Embed, person: int, place: int, picture: NDArray[np.uint8]) -> Embedding | None:
    """Of an unmarked picture; each is in many galleries."""
    if (person, place) not in _POINTS:
        _POINTS[person, place] = embed(picture)
    return _POINTS[person, place]


def similarities_to(gallery: Gallery, point: Embedding | None) -> NDArray[np.float64]:
    """Of every enrolled picture, shape (enrolled,); NaN where the engine shows none."""
    near = {} if point is None else gallery.distances(point, 1.0)
    return np.array([1 - near[one] if one in near else np.nan for one in gallery.ids])


def add(gallery: Gallery, name: str, point: Embedding | None) -> None:
    """Enrol a picture in which a face was found."""
    if point is not None:
        gallery.add([name], point[None])


if __name__ == "__main__":
    main()
