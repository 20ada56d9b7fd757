"""A key draws the probes from the available pictures, so that nobody picks them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from isotopes.errors import PhotoError, PlanError, PublishedPicture, TooFewProbes
from isotopes.seeds import KeyStream, derive
from isotopes.targets import Picture
from isotopes.targets.answer import picture_digest

NamedPictures = Sequence[tuple[str, Picture]]

NAMES_SHOWN = 8


@dataclass
class Chosen:
    """The probes drawn for a check.

    Attributes:
        names: of the probes, in the plan's order.
        pictures: by the hash of their pixels, in the same order.
        left_out: pictures skipped because their folder is named after the tested label.
        unreadable: pictures skipped because they can't be read.
        published: names of pictures that turned out to be published with the mark.
    """

    names: list[str] = field(default_factory=list)
    pictures: dict[str, Picture] = field(default_factory=dict)
    left_out: int = 0
    unreadable: int = 0
    published: list[str] = field(default_factory=list)

    @property
    def in_order(self) -> list[Picture]:
        """The pictures in the plan's order."""
        return list(self.pictures.values())

    def check_enough(self, fewest: int) -> None:
        """Check that there are enough for a test.

        Raises:
            PlanError: too few, and published pictures were among those to choose from.
            TooFewProbes: too few otherwise.
        """
        if len(self.names) < fewest:
            refuse_marked(self.published)
            raise TooFewProbes(
                f"a check needs at least {fewest} probes, got {len(self.names)}"
                f" ({self.left_out} left out as pictures of the tested label,"
                f" {self.unreadable} unreadable)",
                hint="use more pictures of things other than the tested label, each but once",
            )


def choose_probes(
    probes: NamedPictures,
    label: str | None,
    count: int,
    seed: bytes,
    *,
    apart_from: Collection[str] = (),
) -> Chosen:
    """Draw `count` different pictures from folders other than `label`.

    Args:
        apart_from: hashes of pictures that are asked already.
    """
    chosen = Chosen()
    for index in KeyStream(derive(seed, "isotopes/v1/probes")).permutation(len(probes)).tolist():
        if len(chosen.names) == count:
            break
        try:
            name, picture = probes[index]
        except PublishedPicture as error:
            chosen.published.append(str(error))
            continue
        except PhotoError:
            chosen.unreadable += 1
            continue
        if label is not None and folder_of(name) == label:
            chosen.left_out += 1
            continue
        digest = f"sha256:{picture_digest(picture).hex()}"
        if digest not in chosen.pictures and digest not in apart_from:
            chosen.pictures[digest] = picture
            chosen.names.append(name)
    return chosen


def refuse_marked(names: Sequence[str]) -> None:
    """Refuse marked pictures as probes: blending the mark in leaves them as they are, while decoys
    change them, so a guilty model would seem innocent.

    Raises:
        PlanError: there are such `names`.
    """
    if names:
        some = ", ".join(names[:NAMES_SHOWN]) + (", ..." if len(names) > NAMES_SHOWN else "")
        raise PlanError(
            f"{len(names)} of the probes carry the mark already, or show pictures that were"
            f" published with it: {some}",
            hint="take pictures of other things as probes; your own originals go to --mine",
        )


def folder_of(name: str) -> str | None:
    """The folder that a picture lies in, which may say what it shows; None if there is none."""
    return PurePosixPath(name).parent.name or None
