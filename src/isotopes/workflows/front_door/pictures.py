"""`isotopes.check_pictures` and `isotopes.check_generator`: paths and keywords for requests.

Marking pictures needs no SciPy, so what does is imported by the functions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from isotopes.extras import need_check
from isotopes.vault import FileEntry, Isotope
from isotopes.verify.verdicts.pictures import PictureVerdict
from isotopes.workflows.checking.choosing import NamedPictures
from isotopes.workflows.checking.guarding import Care

if TYPE_CHECKING:
    from isotopes.targets.generators import PictureGenerator
    from isotopes.workflows.picture_checking.prompts import WishList

Prompts = str | Path | Sequence[str | tuple[str | None, str]]


def check_pictures(
    isotope: Isotope,
    pictures: str | Path | NamedPictures,
    *,
    published: Collection[FileEntry] = (),
    level: float | None = None,
    decoys: int | None = None,
    assume_exchangeable: bool = False,
    keep: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> PictureVerdict:
    """Is this isotope's mark in pictures that a generator made? No model is asked.

    Args:
        isotope: `vault.get(name)`.
        pictures: what the generator made, all of it: a folder, or pairs of name and picture, uint8
            RGB (height, width, 3). Sub-folders are groups, such as prompts; what was asked for must
            not depend on the key. Of a folder that `check_generator` filled, the last look counts.
        published: your own published pictures, `vault.files(name)`. Those are refused among the
            pictures, and some that look like them bring a warning.
        level, decoys: as committed with the isotope unless given.
        assume_exchangeable: take a mark that somebody picked as if its key had drawn it.
        keep: a file for plan and scores, for `combine` and `isotopes evidence`.
        progress: called with draws compared and draws in all.

    Raises:
        PlanError: no picture, published ones among them, or a test that can't give an answer.
        FolderError: `pictures` is no folder, or `keep` can't be written.
    """
    need_check()
    from isotopes.workflows.picture_checking.folders import GeneratedFolder, open_generated
    from isotopes.workflows.picture_checking.run import PictureLook, PictureTerms, check_generated

    if isinstance(pictures, str | Path):
        found = open_generated(Path(pictures), published)
    else:
        found = GeneratedFolder(f"{len(pictures)} pictures", pictures, PictureLook())
    return check_generated(
        isotope,
        found.pictures,
        found.called,
        PictureTerms(level, decoys, assume_exchangeable, found.look),
        published=published,
        progress=progress,
        scores_path=None if keep is None else Path(keep),
    )


def check_generator(
    isotope: Isotope,
    generator: PictureGenerator | str | Path,
    prompts: Prompts,
    made: str | Path,
    *,
    each: int = 50,
    looks: int = 3,
    published: Collection[FileEntry] = (),
    level: float | None = None,
    decoys: int | None = None,
    assume_exchangeable: bool = False,
    care: Care | None = None,
    keep: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> PictureVerdict:
    """Is this isotope's mark in what this generator makes? It is asked for pictures.

    Args:
        isotope, published, level, decoys, assume_exchangeable, keep: as for `check_pictures`.
        generator: or what `open_generator` takes ("generator.toml"), which is closed at the end.
        prompts: a text file of them, or a list: prompts, or pairs of a group and a prompt. They
            must not depend on the key.
        made: a folder that keeps the pictures. What it holds already is not asked for again.
        each: pictures of each prompt, at most.
        looks: after how many equal parts of them the mark is looked for, at most 10. Each look has
            an equal share of the level, and the first that finds the mark ends the check.
        care: budget and price.
        progress: called with pictures made and pictures of this look in all.

    Raises:
        TargetError: the generator can't be opened, or failed; run again, the same check resumes.
        PlanError: a test that can't give an answer, or prompts that can't be used.
        FolderError: `made` holds something else, or a file can't be written.
    """
    need_check()
    from isotopes.targets.generators import open_generator
    from isotopes.workflows.picture_checking import asking
    from isotopes.workflows.picture_checking.run import PictureTerms

    opened = open_generator(str(generator)) if isinstance(generator, str | Path) else generator
    try:
        return asking.check_generator(
            isotope,
            opened,
            _wishes(prompts, each, looks),
            Path(made),
            PictureTerms(level, decoys, assume_exchangeable),
            published=published,
            care=care,
            hooks=asking.GeneratorHooks(made=progress),
            scores_path=None if keep is None else Path(keep),
        )
    finally:
        if opened is not generator:
            opened.close()


def _wishes(prompts: Prompts, each: int, looks: int) -> WishList:
    from isotopes.workflows.picture_checking.prompts import WishList, group_prompts, read_prompts

    if isinstance(prompts, str | Path):
        return WishList(read_prompts(Path(prompts)), each, looks)
    return WishList(group_prompts(prompts), each, looks)
