"""Files that may show a marked picture without its mark, and can't be marked themselves.

Most go with a picture by their name: its film, its raw file, its edits and metadata, which may also
tell where it was taken. Documents, archives, films and files with pictures in them are reported
whatever their names. Pictures that can be decoded are recognised by their content instead
(`alike`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from isotopes.photos.choosing.holding import DOCUMENT, NO_PICTURE, UNKNOWN

FILM = "film of the same scene"
RAW = "camera's raw file"
PREVIEW = "small picture of the same scene"
EDITS = "edits, which may hold a preview"
METADATA = "metadata, which may hold a position or a preview"
LAYERED = "working file"
PICTURE = "picture that can't be read"
KINDS = {
    **dict.fromkeys((".mov", ".mp4", ".m4v", ".3gp", ".avi", ".mts", ".webm", ".lrv"), FILM),
    **dict.fromkeys((".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dng", ".erf", ".iiq"), RAW),
    **dict.fromkeys((".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef"), RAW),
    **dict.fromkeys((".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"), RAW),
    **dict.fromkeys((".psd", ".psb", ".xcf", ".kra", ".afphoto"), LAYERED),
    **dict.fromkeys((".aae", ".pp3", ".dop", ".cos", ".vrd", ".on1"), EDITS),
    **dict.fromkeys((".xmp", ".json"), METADATA),
    **dict.fromkeys((".heic", ".heif", ".avif", ".jxl", ".jp2", ".jpg", ".jpeg"), PICTURE),
    **dict.fromkeys((".svg", ".html", ".htm", ".mht", ".pdf", ".ai", ".eps", ".indd"), DOCUMENT),
    ".thm": PREVIEW,
}
ALONE = {FILM, RAW, LAYERED, PICTURE, DOCUMENT, PREVIEW}  # may show any picture of the folder
VARIANTS = ("_hevc", "_original", "_edited", "-edited", "_raw")  # what programs add to a name
APPLE = re.compile(r"img_[eo](?=\d)")  # edits of IMG_1 are called IMG_E1 and IMG_O1
TAKEOUT = re.compile(r"\.supp[a-z-]*$")  # Google's IMG_1.jpg.supplemental-metadata.json, also cut


@dataclass(frozen=True)
class Sibling:
    """A file that may show a picture.

    Attributes:
        name: relative to the folder.
        picture: the picture's name; empty if the file's name points to none.
        kind: what it is, in words.
    """

    name: str
    picture: str
    kind: str


def find_siblings(pictures: Iterable[str], others: Mapping[str, str]) -> list[Sibling]:
    """The files among `others` that may show one of `pictures`, sorted by name.

    A file goes with the picture of its own folder that has the same name up to the suffix, in upper
    or lower case; ``IMG_1.jpg.xmp`` and ``IMG_1.xmp`` both go with ``IMG_1.jpg``. Text that holds
    no picture, such as a caption, doesn't count.

    Args:
        others: names, with what each file holds (`what_it_holds`).
    """
    known: dict[tuple[str, str], str] = {}
    for name in sorted(pictures, reverse=True):
        path = PurePosixPath(name)
        for stem in (path.name, path.stem):
            known[str(path.parent).casefold(), stem.casefold()] = name
    if not known:
        return []
    siblings = []
    for name in sorted(others):
        path = PurePosixPath(name)
        holds = others[name]
        kind = KINDS.get(path.suffix.lower()) or holds
        if kind == PICTURE and holds:
            kind = holds
        folder = str(path.parent).casefold()
        picture = next((known[folder, s] for s in _stems(path) if (folder, s) in known), "")
        if (picture and kind) or kind in ALONE or holds not in {NO_PICTURE, UNKNOWN}:
            siblings.append(Sibling(name, picture, kind))
    return siblings


def _stems(path: PurePosixPath) -> Iterator[str]:
    """What the picture may be called, the most likely first."""
    stem = path.stem.casefold()
    yield stem
    yield TAKEOUT.sub("", stem)
    yield APPLE.sub("img_", stem)
    for variant in VARIANTS:
        yield stem.removesuffix(variant)
