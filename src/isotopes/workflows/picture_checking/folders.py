"""Open a folder of generated pictures; what a generator was asked for is checked look by look."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from isotopes.checked import Count, Digest, Text
from isotopes.errors import PlanError, reading
from isotopes.stats.result import check_format, restore_result
from isotopes.vault import FileEntry
from isotopes.workflows.checking.choosing import NamedPictures
from isotopes.workflows.checking.probes import ProbeFolder
from isotopes.workflows.checking.published import Published
from isotopes.workflows.picture_checking.made import (
    ABOUT,
    MADE_FORMAT,
    WHAT,
    MadePictures,
    read_about,
)
from isotopes.workflows.picture_checking.prompts import Prompt, WishList
from isotopes.workflows.picture_checking.run import PictureLook


@dataclass(frozen=True)
class GeneratedFolder:
    """What `check_generated` needs to know of a folder.

    Attributes:
        called: what the verdict calls it.
        pictures: names and pictures, each read when its turn comes.
        look: which look at them this is.
    """

    called: str
    pictures: NamedPictures
    look: PictureLook


def open_generated(folder: Path, published: Collection[FileEntry]) -> GeneratedFolder:
    """All pictures of a folder; or, if a generator was asked for them, those of its last look.

    A generator is asked until the mark is found, so how many pictures it made may depend on the
    key. A check of these counts the looks as the check that asked did, and decides the same.

    Args:
        published: the owner's own files. To take a picture that carries the mark from a folder that
            nobody was asked for raises PublishedPicture.

    Raises:
        FolderError: not a folder, or its `made.json` can't be read.
        PlanError: one group of what was asked for, or not even the first look is complete.
    """
    if (folder / ABOUT).exists():
        return _last_look(folder)
    if (folder.parent / ABOUT).is_file():
        raise PlanError(
            f"{folder} holds a part of what a generator was asked for, and all of it counts",
            hint=f"name {folder.parent}",
        )
    pictures = ProbeFolder(folder, Published.among(published), copies=False)
    return GeneratedFolder(str(folder), pictures, PictureLook())


def _last_look(folder: Path) -> GeneratedFolder:
    generator, identity, asked = _restored(folder)
    made = MadePictures(folder, asked)
    for number in range(asked.looks, 0, -1):
        wanted = list(asked.of_look(number))
        if all(made.holds(*one) for one in wanted):
            look = PictureLook(number, asked.looks, asked.digest(identity))
            return GeneratedFolder(generator, made.pictures(wanted), look)
    held = sum(made.holds(*one) for one in wanted)
    raise PlanError(
        f"{folder} holds {held:,} of the {len(wanted):,} pictures that the first look takes",
        hint="to make the others, run the check that asked the generator again",
    )


def _restored(folder: Path) -> tuple[str, str, WishList]:
    """The generator's name and identity, and what it was asked for."""
    about = read_about(folder)
    with reading(folder / ABOUT, WHAT):
        check_format(about, MADE_FORMAT)
        generator = restore_result(Text, about.get("generator"))
        identity = restore_result(Digest, about.get("identity"))
        prompts = restore_result(tuple[tuple[str, str], ...], about.get("prompts"))
        each = restore_result(Count, about.get("each"))
        looks = restore_result(Count, about.get("looks"))
        for group, _ in prompts:
            if group in {"", ".", ".."} or set(group) & set("/\\\0"):
                raise ValueError(f"a group must be a folder's name, got {group!r:.80}")
        wishes = WishList(tuple(Prompt(text, group) for group, text in prompts), each, looks)
    return generator, identity, wishes
