"""How the pictures of a collection are marked, and the key for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from isotopes.canonical import digest
from isotopes.photos import Strip
from isotopes.seeds import CHOICE, derive

LONGEST_USER = 128  # characters; a longer name is replaced by its hash
SEPARATORS = "/_-.:@|+~"  # of sample keys; a longer KEY names a column or a field


@dataclass(frozen=True)
class ShardTerms:
    """What every worker needs to know.

    Attributes:
        key: the isotope's 32 secret bytes; with `per`, users' keys derive from them.
        family, options, version: what draws the marks.
        alpha: visibility in (0, 1].
        share: fraction of the pictures to mark, in (0, 1].
        strip: metadata to leave out of every picture.
        opt_out: put a note into every picture that it is not for training models.
        per: which column, or field of a sample's JSON, names a picture's user, who has a key of
            their own. Or a character of SEPARATORS: the part of the sample's key before it names
            the user. None for one key for all.
        memory: bytes that one picture may take.
        seconds: that one picture may take.
    """

    key: bytes = field(repr=False)
    family: str
    options: Mapping[str, str]
    version: int
    alpha: float
    share: float
    strip: Strip
    opt_out: bool
    per: str | None
    memory: int
    seconds: float

    def key_of(self, user: str | None) -> bytes:
        """The key of a user's isotope, or the one for all."""
        return self.key if user is None else user_key(self.key, user)

    @property
    def by_prefix(self) -> bool:
        """Whether the user is a part of the sample's key."""
        return self.per is not None and len(self.per) == 1 and self.per in SEPARATORS


def user_key(key: bytes, user: str) -> bytes:
    """The root key of a user's isotope.

    It derives from the collection's, so any machine can mark for any user, and a resumed run
    derives the same key again.
    """
    return derive(key, f"isotopes/v1/per/{user}")


def choice_key(key: bytes) -> bytes:
    """The key that chooses which pictures carry the mark (`Isotope.choice_key`)."""
    return derive(key, CHOICE)


def isotope_of(name: str, user: str) -> str:
    """The name of a user's isotope: ``NAME/USER``, with other characters percent-encoded."""
    encoded = quote(user, safe="._@+-")
    if len(encoded) > LONGEST_USER:
        encoded = digest(user.encode("utf-8", "surrogatepass")).replace(":", "-")
    return f"{name}/{encoded}"
