"""What a generator is asked for: prompts, each in a group, and how many pictures of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isotopes.canonical import digest_of
from isotopes.errors import PlanError, reading
from isotopes.targets.generators import Wish

MOST_PROMPTS, MOST_PICTURES, MOST_LOOKS = 10_000, 1_000_000, 10
LONGEST_PROMPT = 10_000  # characters
LONGEST_NAME = 80  # characters of a folder's name
_LARGEST = 8 * 2**20  # bytes of a file of prompts
_UNFIT = re.compile(r"[^\w ,.()'-]+")


@dataclass(frozen=True)
class Prompt:
    """One prompt.

    Attributes:
        text: what the generator gets.
        group: whose pictures are looked at together: a folder's name.
    """

    text: str
    group: str


@dataclass(frozen=True)
class WishList:
    """Everything that a generator is asked for, fixed and hashed before the first request.

    What is asked must not depend on the key. So seeds count from 0.

    Attributes:
        prompts: all different.
        each: how many pictures of each prompt, at most.
        looks: after how many equal parts of these the pictures are looked at; a generator whose
            pictures show the mark early isn't asked for the rest.
    """

    prompts: tuple[Prompt, ...]
    each: int
    looks: int = 1

    def __post_init__(self) -> None:
        texts = {prompt.text for prompt in self.prompts}
        if not 1 <= len(self.prompts) <= MOST_PROMPTS or len(texts) < len(self.prompts):
            raise PlanError(
                f"a generator needs 1 to {MOST_PROMPTS:,} prompts, all different, got"
                f" {len(self.prompts):,} of which {len(texts):,} differ"
            )
        most = MOST_PICTURES // len(self.prompts)
        if not 1 <= self.each <= most:
            raise PlanError(
                f"pictures of each of {len(self.prompts):,} prompts must be 1 to {most:,},"
                f" got {self.each:,}"
            )
        if not 1 <= self.looks <= min(self.each, MOST_LOOKS):
            raise PlanError(
                f"looks must be 1 to {min(self.each, MOST_LOOKS)}, so that each has new pictures,"
                f" got {self.looks}"
            )

    @property
    def pictures(self) -> int:
        """How many pictures that makes, at most."""
        return len(self.prompts) * self.each

    def of_look(self, look: int) -> Iterator[tuple[Prompt, Wish]]:
        """What the pictures of look 1, 2, ... are asked with, all earlier ones included.

        Seed by seed, so that all prompts have as many pictures whenever asking ends.
        """
        each = self.each * look // self.looks
        for seed in range(each):
            for prompt in self.prompts:
                yield prompt, Wish(prompt.text, seed)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "prompts": [[prompt.group, prompt.text] for prompt in self.prompts],
            "each": self.each,
            "looks": self.looks,
        }

    def digest(self, generator: str) -> str:
        """``sha256:...`` of all this and of the generator with this identity."""
        return digest_of({"generator": generator, **self.to_dict()})


def read_prompts(path: Path) -> tuple[Prompt, ...]:
    """The prompts in a text file, one a line.

    A line ``GROUP<TAB>PROMPT`` puts the prompt into a group; all others are groups of their own.

    Raises:
        PlanError: no such file, not UTF-8, too large, or a prompt that is too long.
    """
    with reading(path, "prompts, one a line", error=PlanError):
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise ValueError(f"it must have at most {_LARGEST // 2**20} MiB")
        lines = [line.strip() for line in data.decode("utf-8-sig").splitlines()]
        return group_prompts([_split(line) for line in lines if line])


def group_prompts(given: Sequence[str | tuple[str | None, str]]) -> tuple[Prompt, ...]:
    """Prompts with their groups.

    Args:
        given: prompts, or pairs of a group and a prompt.

    Raises:
        PlanError: a prompt that is empty or too long.
    """
    names: dict[str, str] = {}  # a group, or a prompt without one -> the folder's name
    prompts = []
    for one in given:
        group, text = (None, one) if isinstance(one, str) else one
        if not 1 <= len(text) <= LONGEST_PROMPT:
            raise PlanError(
                f"a prompt must have 1 to {LONGEST_PROMPT:,} characters, got {len(text):,}"
            )
        key = f"prompt:{text}" if group is None else f"group:{group}"
        if key not in names:
            names[key] = _folder(group or text, set(names.values()))
        prompts.append(Prompt(text, names[key]))
    return tuple(prompts)


def _split(line: str) -> tuple[str | None, str]:
    group, tab, text = line.partition("\t")
    return (group.strip() or None, text.strip()) if tab else (None, line)


def _folder(name: str, taken: set[str]) -> str:
    """A name that every file system takes, and that no other group has."""
    plain = _UNFIT.sub("_", name)[:LONGEST_NAME].strip(" .") or "_"
    folded = {one.casefold() for one in taken}
    found, number = plain, 1
    while found.casefold() in folded:
        number += 1
        found = f"{plain} ({number})"
    return found
