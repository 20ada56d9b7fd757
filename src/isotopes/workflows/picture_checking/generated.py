"""The pictures of a folder as a check looks at them: small, each but once, by group."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from isotopes.errors import PhotoError, PlanError, PublishedPicture
from isotopes.photos import same_as_known
from isotopes.photos.choosing.glance import glance_at
from isotopes.targets import Picture
from isotopes.targets.answer import picture_digest
from isotopes.verify.matching.small import small

NAMES_SHOWN = 8


@dataclass
class Generated:
    """Pictures that somebody's generator made.

    Attributes:
        digests: ``sha256:...`` of each picture's pixels.
        groups: the folder that each lies in, below the folder that was given; None for that folder.
        smalls: the pictures in the size that marks are looked for in.
        glances: of those that aren't plain, to compare with what was published.
        repeated, unreadable: how many were passed over.
    """

    digests: list[str] = field(default_factory=list)
    groups: list[str | None] = field(default_factory=list)
    smalls: list[NDArray[np.uint8]] = field(default_factory=list)
    glances: list[bytes] = field(default_factory=list)
    repeated: int = 0
    unreadable: int = 0

    def like(self, published: Collection[bytes]) -> int:
        """How many of them look like one of these published pictures, by their glances."""
        alike = same_as_known(self.glances, list(published))
        return len({place for place, _, _ in alike})


def read_generated(pictures: Sequence[tuple[str, Picture]]) -> Generated:
    """Read the pictures, each when its turn comes.

    Args:
        pictures: names and pictures, uint8 RGB (height, width, 3). A sub-folder in the name, such
            as a prompt's, is the picture's group. One that raises PhotoError is passed over.

    Raises:
        PlanError: none can be read, or some are the owner's own published pictures.
    """
    found, published = Generated(), []
    known: set[str] = set()
    for place in range(len(pictures)):
        try:
            name, picture = pictures[place]
        except PublishedPicture as error:
            published.append(str(error))
            continue
        except PhotoError:
            found.unreadable += 1
            continue
        digest = f"sha256:{picture_digest(picture).hex()}"
        if digest in known:
            found.repeated += 1
            continue
        known.add(digest)
        _add(found, digest, name, picture)
    if published:
        some = ", ".join(published[:NAMES_SHOWN]) + ", ..." * (len(published) > NAMES_SHOWN)
        raise PlanError(
            f"{len(published)} of the pictures are the ones that you published with the mark:"
            f" {some}",
            hint="the folder must hold nothing but what the generator made",
        )
    if not found.digests:
        raise PlanError(
            f"a check needs pictures that a generator made, got none"
            f" ({found.unreadable} unreadable)",
            hint="give --pictures a folder of PNG, JPEG or WebP files",
        )
    return found


def _add(found: Generated, digest: str, name: str, picture: Picture) -> None:
    folder = PurePosixPath(name).parent.as_posix()
    found.digests.append(digest)
    found.groups.append(None if folder == "." else folder)
    found.smalls.append(small(picture))
    glance = glance_at(np.asarray(picture))
    if glance is not None:
        found.glances.append(glance)
