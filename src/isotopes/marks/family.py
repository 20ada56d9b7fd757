"""Families: rules that turn a root key into a mark and its decoys, and the registry of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from threading import Lock
from typing import ClassVar

from cachetools import LRUCache, cached

from isotopes.errors import MarkError
from isotopes.marks.mark import Mark
from isotopes.plugins import Registry
from isotopes.seeds import derive

Options = Mapping[str, str]

DRAWS_KEPT = 256  # 0.2 MB each at most


class Family(ABC):
    """A distribution of marks. A new one is a new file in `marks/families/`, or an entry point
    in the group ``isotopes.families``.

    The true mark is draw 0 and decoy i is draw i, for i = 1, 2, ...: one rule for all of them, so
    that to a model that never saw the mark the draws are exchangeable.

    Class attributes:
        name: what the command line and the vault call it.
        version: goes up whenever any rendering changes; the vault records it.
        summary: one line for people.
        exchangeable: False if draw 0 was picked by a person instead of drawn.
        visibilities: what the words for visibility mean as alpha, the least visible first.
        usual: the default visibility, one of these words.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    summary: ClassVar[str]
    exchangeable: bool = True
    visibilities: ClassVar[dict[str, float]] = {"subtle": 0.1, "faint": 0.2, "plain": 0.4}
    usual: ClassVar[str] = "plain"

    def __init__(self, options: Options | None = None) -> None:
        """Options are the family's settings as text, as the vault keeps them.

        Raises:
            MarkError: an option this family does not have.
        """
        self.options: dict[str, str] = dict(options or {})
        unknown = sorted(set(self.options) - set(self.option_names()))
        if unknown:
            known = ", ".join(self.option_names()) or "none"
            raise MarkError(f"family {self.name} has no option {unknown[0]!r}; it has: {known}")

    @classmethod
    def option_names(cls) -> tuple[str, ...]:
        """The names of the options this family takes."""
        return ()

    @classmethod
    def drawn_with(cls, options: Options) -> bool:
        """`exchangeable` under these options; no file that they name is needed."""
        return cls.exchangeable

    @property
    def usual_alpha(self) -> float:
        """The default alpha."""
        return self.visibilities[self.usual]

    @property
    def size(self) -> int | None:
        """How many different draws there are; None if there is no limit."""
        return None

    def pinned_options(self) -> dict[str, str]:
        """The options with all that they refer to pinned by hash, as a vault must keep them."""
        return dict(self.options)

    def draw(self, root: bytes, index: int) -> Mark:
        """The mark (index 0) or decoy `index` (1, 2, ...) that belongs to `root`.

        The last draws are cached: a check uses the same ones before and during its queries.

        Raises:
            MarkError: the family holds fewer draws than that.
        """
        return _drawn(self, derive(root, f"isotopes/v1/marks/{self.name}/{index}"))

    @abstractmethod
    def from_key(self, key: bytes) -> Mark:
        """The mark that a 32-byte key stands for; the same bytes on every platform."""


@cached(LRUCache(DRAWS_KEPT), lock=Lock())
def _drawn(family: Family, key: bytes) -> Mark:
    return family.from_key(key)


_FAMILIES = Registry[Family](
    Family,
    package="isotopes.marks.families",
    group="isotopes.families",
    noun="mark family",
    error=MarkError,
)


def mark_families() -> dict[str, type[Family]]:
    """All families by name: those in `marks/families/` and those of other packages."""
    return _FAMILIES.all()


def get_family(name: str, options: Options | None = None, version: int | None = None) -> Family:
    """The family called `name`, with its options; `version` if a vault recorded one.

    Raises:
        MarkError: no such family, no such option, or only another version of it.
    """
    family = _FAMILIES.get(name)(options)
    if version is not None and version != family.version:
        raise MarkError(
            f"family {name} is version {family.version} here,"
            f" but the mark was made with version {version}",
            hint="use the release of isotopes that made the mark",
        )
    return family


def draw(family: str, root: bytes, index: int = 0, options: Options | None = None) -> Mark:
    """The mark that a family draws from a root key (index 0), or its decoy 1, 2, ...

    Args:
        root: a secret of 32 bytes; ``secrets.token_bytes(32)`` makes one.

    Raises:
        MarkError: no such family or option, or fewer draws than that.

    >>> mark = draw("gratings", bytes(32))
    >>> mark.render(height=24, width=32).pixels.shape
    (24, 32, 3)
    """
    return get_family(family, options).draw(root, index)
