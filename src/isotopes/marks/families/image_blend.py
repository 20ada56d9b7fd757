"""Image blend: a picture blended over the whole of another (paper, section 5.1).

Three uses. With `pool`, the key draws the mark and its decoys from a folder of pictures: the
paper's ImageNet-blend marks. The check is exact, as all draws are one permutation of the pool. With
`picture`, a person's own picture is the mark and a declared pool stands in for decoys: the verdict
can only assume exchangeability. With neither, the mark is the cartoon shipped here (our own
drawing), like the paper's Hello Kitty: only its non-white pixels take part.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path
from typing import ClassVar

from isotopes.canonical import digest_file, digest_of
from isotopes.errors import MarkError
from isotopes.marks.family import Family, Options
from isotopes.marks.mark import CanvasMark
from isotopes.marks.picture import drawn_part, list_pictures, read_canvas
from isotopes.seeds import KeyStream, derive

CARTOON = Path(__file__).with_name("cartoon.png")


class ImageBlend(Family):
    name: ClassVar[str] = "image_blend"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "a picture: your own, or one drawn by the key from a folder (paper)"

    def __init__(self, options: Options | None = None) -> None:
        super().__init__(options)
        picture, pool = self.options.get("picture"), self.options.get("pool")
        self.exchangeable = self.drawn_with(self.options)
        self._picture = Path(picture) if picture else (None if pool else CARTOON)
        self._pool = Path(pool) if pool else None
        if self._pool is not None and not self._pool.is_dir():
            raise MarkError(
                f"the pool that marks are drawn from must be a folder of pictures,"
                f" got {self._pool}",
                hint="--pool names it",
            )
        for option, actual in (("picture_sha256", self._picture), ("pool_sha256", self._pool)):
            if self.options.get(option, "") not in {"", _digest(actual)}:
                raise MarkError(f"{actual} has changed since the mark was made")

    @classmethod
    def option_names(cls) -> tuple[str, ...]:
        return ("picture", "picture_sha256", "pool", "pool_sha256")

    @classmethod
    def drawn_with(cls, options: Options) -> bool:
        return options.get("pool") is not None and options.get("picture") is None

    def pinned_options(self) -> dict[str, str]:
        pinned = dict(self.options)
        if "picture" in pinned:
            pinned["picture_sha256"] = _digest(self._picture)
        if "pool" in pinned:
            pinned["pool_sha256"] = _digest(self._pool)
        return pinned

    @property
    def size(self) -> int | None:
        own = 0 if self._picture is None else 1
        return own + (len(self._files) if self._pool else 0)

    def draw(self, root: bytes, index: int) -> CanvasMark:
        if self._picture is not None:
            if index == 0:
                return self._own_picture()
            index -= 1
        if self._pool is None:
            raise MarkError(
                "a picture of your own as the mark has no distribution to draw decoys from",
                hint="declare a folder of pictures that could have served as well: --pool FOLDER",
            )
        order = _pool_order(derive(root, f"isotopes/v1/marks/{self.name}/order"), len(self._files))
        if index >= len(order):
            raise MarkError(
                f"draw {index} was asked of a pool of {len(order)} pictures: {self._pool}",
                hint="use a larger pool or fewer decoys",
            )
        crop = derive(root, f"isotopes/v1/marks/{self.name}/crop/{index}")
        return CanvasMark(read_canvas(self._files[order[index]], crop))

    def from_key(self, key: bytes) -> CanvasMark:
        if self._pool is None:
            return self._own_picture()
        chosen = KeyStream(key).integer(0, len(self._files))
        return CanvasMark(read_canvas(self._files[chosen], key))

    def _own_picture(self) -> CanvasMark:
        canvas = read_canvas(self._picture or CARTOON)
        return CanvasMark(canvas, drawn_part(canvas) if self._picture == CARTOON else None)

    @cached_property
    def _files(self) -> list[Path]:
        return list_pictures(self._pool) if self._pool else []


@lru_cache(maxsize=16)
def _pool_order(key: bytes, size: int) -> list[int]:
    return [int(index) for index in KeyStream(key).permutation(size)]


def _digest(path: Path | None) -> str:
    """Hash of a picture file, or of the sorted names and hashes of a folder of them."""
    if path is None:
        return ""
    if path.is_dir():
        names = [[p.relative_to(path).as_posix(), digest_file(p)] for p in list_pictures(path)]
        return digest_of(names)
    if not path.is_file():
        raise MarkError(f"the mark's picture must be a file, got {path}")
    return digest_file(path)
